import { assert, assertEquals } from "@std/assert";
import {
  environmentWords,
  parseCommandLine,
} from "../../lib/program/command_line.ts";
import { FLAG_TABLE } from "../../lib/program/flags.ts";

function words(variables: Record<string, string>): readonly string[] {
  return environmentWords((name) => variables[name]);
}

Deno.test("environmentWords() reads a value in the way of its flag", () => {
  const rows: Array<[string, string, string[]]> = [
    ["SERVE_DIRECTORY", "-public", ["--directory=-public"]],
    ["SERVE_DIRECTORY", "", []],
    ["SERVE_HEADER", "A: b\nC: d", ["--header=A: b", "--header=C: d"]],
    ["SERVE_HEADER", "A: b\n", ["--header=A: b"]],
    ["SERVE_DOTFILES", "1", ["--dotfiles"]],
    ["SERVE_DOTFILES", "true", ["--dotfiles"]],
    ["SERVE_DOTFILES", "0", []],
    ["SERVE_DOTFILES", "false", []],
    ["SERVE_DOTFILES", "yes", ["--dotfiles=yes"]],
    ["SERVE_COMPRESS", "1", []],
    ["SERVE_COMPRESS", "0", ["--no-compress"]],
    ["SERVE_CORS", "1", ["--cors"]],
    ["SERVE_CORS", "0", []],
    ["SERVE_CORS", "*", ["--cors=*"]],
    ["SERVE_CORS", "http://a.example", ["--cors=http://a.example"]],
    ["SERVE_NO_ETAG", "1", ["--no-etag"]],
    ["SERVE_NO_ETAG", "0", []],
    ["SERVE_NO_ETAG", "*.gem\n/a", ["--no-etag=*.gem", "--no-etag=/a"]],
    ["SERVE_CGI_DIR", "a\nb", ["--cgi-dir=a", "--cgi-dir=b"]],
    ["SERVE_CGI_MAX_PROCESSES", "3", ["--cgi-max-processes=3"]],
    ["SERVE_BASIC_AUTH", "a:b", ["--basic-auth=a:b"]],
    ["SERVE_LOG_FORMAT", "json", ["--log-format=json"]],
    ["SERVE_QUIET", "1", ["--quiet"]],
  ];
  for (const [name, value, expected] of rows) {
    assertEquals(words({ [name]: value }), expected, `${name}=${value}`);
  }
});

Deno.test("environmentWords() has the flags of what, to whom, scripts and log, and no other", () => {
  const read: string[] = [];
  environmentWords((name) => {
    read.push(name);
    return undefined;
  });
  const expected = FLAG_TABLE
    .filter(({ group }) => ["What", "Access", "CGI", "Log"].includes(group))
    .map(({ name }) => `SERVE_${name.replaceAll("-", "_").toUpperCase()}`);
  assertEquals(read, expected);
  for (const name of ["BIND", "HELP", "MAN", "VERSION", "TLS_CERT"]) {
    assert(!read.includes(`SERVE_${name}`));
  }
});

Deno.test("environmentWords() cannot ask for help or for anything else but to serve", () => {
  const line = parseCommandLine(words({ SERVE_DIRECTORY: "--help" }));
  assert(line.kind === "serve");
  assertEquals(line.settings.directory, "--help");
});
