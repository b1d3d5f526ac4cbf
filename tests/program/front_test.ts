import { VERSION } from "../../lib/handler/defaults.ts"; /** What the program prints of itself, on Deno and on Bun. */
import { assert, assertEquals } from "@std/assert";
import { completions } from "../../lib/program/completions.ts";
import { SHELLS } from "../../lib/program/flag.ts";
import { helpText } from "../../lib/program/help.ts";
import { manualPage } from "../../lib/program/man.ts";
import { runToEnd, SUBJECTS } from "../support/program.ts";

for (const runtime of SUBJECTS) {
  Deno.test(`${runtime}: help, completions and the manual page are printed, with exit status 0`, async () => {
    const rows: Array<[words: string[], text: string]> = [
      [["--help"], helpText()],
      [["-h", "--nope"], helpText()],
      [["--help", "cgi"], helpText("cgi")],
      [["--help=all"], helpText("all")],
      ...SHELLS.map((shell): [string[], string] => [
        ["--completions", shell],
        completions(shell),
      ]),
      [["--man"], manualPage(VERSION)],
    ];
    for (const [words, text] of rows) {
      const { code, output, errors } = await runToEnd(runtime, words);
      assertEquals([code, output, errors], [0, text, ""], words.join(" "));
    }
  });

  Deno.test(`${runtime}: who asks for what there is not is told what there is`, async () => {
    const rows: Array<[words: string[], text: string]> = [
      [
        ["--help", "nope"],
        'no help on "nope", but on where, what, site, https, access, upload, cgi, log, service, program or all',
      ],
      [
        ["--completions", "tcsh"],
        'no completions for "tcsh", but for bash, zsh or fish',
      ],
      [["--completions"], "--completions needs SHELL"],
    ];
    for (const [words, text] of rows) {
      const { code, output, errors } = await runToEnd(runtime, words);
      assertEquals([code, output], [2, ""], words.join(" "));
      assert(errors.startsWith(`serve: ${text}`), errors);
      assertEquals(errors.trimEnd().split("\n").length, 1);
    }
  });
}
