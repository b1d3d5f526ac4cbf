import { assert, assertEquals } from "@std/assert";
import { type Flag, flagSyntax, GROUPS } from "../../lib/program/flag.ts";
import { FLAG_TABLE } from "../../lib/program/flags.ts";
import { EXAMPLES } from "../../lib/program/help.ts";
import { manualPage } from "../../lib/program/man.ts";
import { findProgram } from "../support/browser.ts";

/** What roff reads in another way when it is not escaped. */
const ODD: Flag = {
  name: "odd",
  values: ["\\fBA\\n"],
  group: "What",
  help: ".TH 'a' \\ \"b\" - `c` ^d ~e … \\fBf",
};
const APOSTROPHE: Flag = {
  name: "apostrophe",
  values: ["'"],
  group: "What",
  help: "'br is no request",
};
const PAGE = manualPage("1.2.3", [...FLAG_TABLE, ODD, APOSTROPHE]);

async function run(program: string, args: readonly string[]): Promise<string> {
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(PAGE));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  return decoder.decode(stdout);
}

/** What a reader sees, with every space as one. */
function shown(text: string): string {
  return text
    // deno-lint-ignore no-control-regex -- how terminals and printers make bold
    .replaceAll(/.\x08|\x1b\[[\d;]*m/g, "")
    .replaceAll(/\s+/g, " ");
}

Deno.test("manualPage() has the sections of a manual page", () => {
  const headings = [...PAGE.matchAll(/^\.SH "(.*)"$/gm)].map(([, name]) =>
    name
  );
  assertEquals(headings, [
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "OPTIONS",
    "EXIT STATUS",
    "ENVIRONMENT",
    "EXAMPLES",
    "SEE ALSO",
  ]);
  const groups = [...PAGE.matchAll(/^\.SS "(.*)"$/gm)].map(([, name]) => name);
  assertEquals(groups, [...GROUPS]);
  assert(PAGE.startsWith('.TH SERVE 1 "" "serve 1.2.3"\n'));
});

Deno.test("manualPage() writes nothing that roff reads in another way", () => {
  for (const line of PAGE.split("\n").slice(0, -1)) {
    assert(/^(?:\.(?:TH|SH|SS|TP|B|br)(?: |$)|[^.'])/.test(line), line);
    assert(/^[\x20-\x7e]+$/.test(line), line);
    assert(!/(?<!\\)-/.test(line), line);
  }
  assert(PAGE.includes('.B "\\-\\-odd \\efBA\\en"\n'));
  assert(PAGE.includes(
    "\\&.TH \\(aqa\\(aq \\e \\(dqb\\(dq \\- \\(gac\\(ga \\(had \\(tie \\[u2026] \\efBf\n",
  ));
  assert(PAGE.includes("\n\\(aqbr is no request\n"));
});

for (
  const [program, args] of [
    ["mandoc", ["-Tutf8"]],
    ["groff", ["-man", "-Tutf8", "-ww"]],
  ] as const
) {
  Deno.test({
    name: `${program} shows every flag, its help and every example`,
    ignore: findProgram(program) === undefined,
    fn: async () => {
      const text = shown(await run(program, args));
      for (const flag of [...FLAG_TABLE, ODD, APOSTROPHE]) {
        assert(text.includes(` ${flagSyntax(flag)} ${flag.help} `), flag.name);
      }
      for (const [purpose = "", ...lines] of EXAMPLES) {
        const words = [purpose.replaceAll("`", ""), ...lines].join(" ");
        assert(text.includes(` ${words} `), words);
      }
    },
  });
}

Deno.test({
  name: "mandoc finds nothing wrong but that there is no date",
  ignore: findProgram("mandoc") === undefined,
  fn: async () => {
    const text = await run("mandoc", ["-Tlint", "-Wwarning"]);
    const lines = text.split("\n").filter((line) => line !== "");
    assertEquals(lines.filter((line) => !line.includes("missing date")), []);
  },
});
