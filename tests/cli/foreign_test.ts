/** What people type who come from other servers: the message says what to type here. */
import { assert, assertEquals } from "@std/assert";
import { parseCommandLine } from "../support/command_line.ts";
import { flagWords } from "../../lib/program/flag.ts";
import { FLAG_TABLE } from "../../lib/program/flags.ts";
import { FOREIGN_TABLE } from "../../lib/program/foreign.ts";

const OURS = FLAG_TABLE.flatMap(flagWords);

function messageOf(line: string): string {
  const parsed = parseCommandLine(line.split(" "));
  assert(parsed.kind === "invalid", line);
  return parsed.message;
}

Deno.test("foreign spellings: the message says what to type", () => {
  const rows: Array<[line: string, message: string]> = [
    ["-p 8080", "-p is --protocol; a port is written alone: serve 8080"],
    ["-p8080", "-p is --protocol; a port is written alone: serve 8080"],
    ["--protocol=80", "-p is --protocol; a port is written alone: serve 80"],
    [":8080", '":8080" is a port: type serve 8080'],
    [
      "localhost:8080",
      '"localhost:8080" is an address: type -b localhost:8080',
    ],
    [
      "8000 [::1]:8080",
      '"[::1]:8080" is an address: type -b [::1]:8080',
    ],
    [
      "http://localhost:3000",
      '"http://localhost:3000" is a URL, and no directory; for --cors: --cors=http://localhost:3000; to listen there: -b localhost:3000',
    ],
    [
      "-l 3000",
      'unknown flag "-l": type serve 8080, or -b ADDRESS',
    ],
    ["-l3000 public", 'unknown flag "-l": type serve 8080'],
    ["-s build", 'unknown flag "-s": type --spa, or -q for silence'],
    ["-o", 'unknown flag "-o": type --open'],
    ["-v", 'unknown flag "-v": requests are logged'],
    ["-a 0.0.0.0", 'unknown flag "-a": type -b ADDRESS, or --basic-auth'],
    ["--host 0.0.0.0", 'unknown flag "--host": type -b ADDRESS'],
    ["--root public", 'unknown flag "--root": type -d DIR'],
    ["--auth=a:secret", 'unknown flag "--auth": type --basic-auth USER'],
    ["--ssl-cert a.pem", 'unknown flag "--ssl-cert": type --tls-cert FILE'],
    ["--single", 'unknown flag "--single": type --spa'],
    ["--cleanUrls", 'unknown flag "--cleanUrls": type --clean-urls'],
    ["--trailingSlash", 'unknown flag "--trailingSlash": type --trailing-s'],
    ["--gzip", 'unknown flag "--gzip": nothing to type: text is compressed'],
    ["--index", 'unknown flag "--index": nothing to type: index.html'],
    ["--no-dirlist", 'unknown flag "--no-dirlist": type --no-listing'],
    ["--upload-files", 'unknown flag "--upload-files": type --upload'],
    ["-S localhost:8000 -t public", 'unknown flag "-S": type --tls-self-sig'],
    ["--livereload", 'unknown flag "--livereload": type --reload'],
    ["-qo", 'unknown flag "-o": type --open'],
  ];
  for (const [line, message] of rows) {
    assert(messageOf(line).startsWith(message), messageOf(line));
    assert(!messageOf(line).includes("secret"));
  }
});

Deno.test("foreign spellings: each is taken once, by no flag of ours, and what it advises exists", () => {
  const spelled = FOREIGN_TABLE.flatMap(([words]) =>
    typeof words === "string" ? words.split(" ") : []
  );
  assertEquals(new Set(spelled).size, spelled.length);
  for (const word of spelled) assert(!OURS.includes(word), word);
  for (const word of spelled) {
    const message = messageOf(word);
    assert(message.startsWith(`unknown flag "${word}": `), message);
    // Together with `serve: ` and `; see serve --help` two lines of a terminal at most.
    assert(message.length <= 85, message);
  }
  for (const [words, advice] of FOREIGN_TABLE) {
    const isKnown = (flag: string) =>
      OURS.includes(flag) || String(words).includes(flag) ||
      advice.includes("there is no");
    for (const [flag] of advice.matchAll(/(?<!\w)--?[a-z][\w-]*/g)) {
      assert(isKnown(flag), `${words}: ${flag}`);
    }
  }
});

Deno.test("foreign spellings: a directory that is called so can still be served", () => {
  for (const line of ["./localhost:8080", "-d :8080", "-d localhost:8080"]) {
    assertEquals(parseCommandLine(line.split(" ")).kind, "serve", line);
  }
});
