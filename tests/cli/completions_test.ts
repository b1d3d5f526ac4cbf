/** The completions in the shells themselves, where those are installed. */
import { assert, assertEquals } from "@std/assert";
import { completions } from "../../lib/program/completions.ts";
import { type Flag, SHELLS } from "../../lib/program/flag.ts";
import { FLAG_TABLE } from "../../lib/program/flags.ts";
import { findProgram } from "../support/browser.ts";
import { temporaryDirectory } from "../support/program.ts";

/** Texts that a shell reads in another way when they are not quoted. */
const ODD_HELP = `it's [a] \\ "b": $(touch /tmp/x) \`c\` $HOME 100%; {d,e} é`;
const ODD_FLAGS: readonly Flag[] = [
  ...FLAG_TABLE,
  { name: "odd-switch", values: [], group: "What", help: ODD_HELP },
  { name: "odd-value", values: ["A:[B]\\"], group: "What", help: ODD_HELP },
];

async function run(
  program: string,
  args: string[],
  cwd: string,
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    stdin: "null",
    env: { HOME: cwd, TERM: "dumb", LC_ALL: "C.UTF-8" },
  }).output();
  const decoder = new TextDecoder();
  const errors = decoder.decode(stderr);
  assertEquals([code, errors], [0, ""], `${program} ${args.join(" ")}`);
  return decoder.decode(stdout);
}

/** A directory with a directory and a file, and the completions. */
function furnished(name: string, script: string) {
  const directory = temporaryDirectory();
  Deno.mkdirSync(`${directory.path}/sub dir`);
  Deno.writeTextFileSync(`${directory.path}/cert.pem`, "");
  Deno.writeTextFileSync(`${directory.path}/${name}`, script);
  return directory;
}

Deno.test("completions() has every flag, for every shell", () => {
  for (const shell of SHELLS) {
    const script = completions(shell);
    for (const { name, letter } of FLAG_TABLE) {
      const long = shell === "fish" ? `-l ${name} ` : `--${name}`;
      assert(script.includes(long), `${shell} ${name}`);
      const short = shell === "fish" ? `-s ${letter} ` : `-${letter}`;
      assert(letter === undefined || script.includes(short), name);
    }
  }
});

Deno.test("completions() offers no value behind a word that takes none", () => {
  const rows = SHELLS.map((shell) =>
    /no-listing(?:\) mapfile| |=?\[).*plain none/.exec(completions(shell))
  );
  assertEquals(rows, SHELLS.map(() => null));
});

const BASH_ROWS: Array<[words: string[], expected: string[]]> = [
  [["--tls-"], [
    "--tls-cert",
    "--tls-key",
    "--tls-password-file",
    "--tls-self-signed",
  ]],
  [["--no-"], [
    "--no-etag",
    "--no-compress",
    "--no-sidecars",
    "--no-listing",
    "--no-readme",
    "--no-archive",
  ]],
  [["-q", "--vers"], ["--version"]],
  [["--completions", ""], ["bash", "zsh", "fish"]],
  [["--completions", "=", "f"], ["fish"]],
  [["--completions", "="], ["bash", "zsh", "fish"]],
  [["--log-format", "co"], ["common", "combined"]],
  [["-p", ""], ["HTTP/1.1", "HTTP/1.0"]],
  [["--help", "ht"], ["https"]],
  [["--tls-cert", "c"], ["cert.pem"]],
  [["--tls-cert", "=", "c"], ["cert.pem"]],
  [["-d", ""], ["sub dir"]],
  [["su"], ["sub dir"]],
  [["c"], ["cert.pem"]],
  [["8000", "c"], ["cert.pem"]],
  [["--cors", "su"], ["sub dir"]],
  [["--cors", "="], []],
  [["--cgi-timeout", ""], []],
];

Deno.test({
  name: "bash completes flags, values, files and directories",
  ignore: findProgram("bash") === undefined,
  fn: async () => {
    using directory = furnished("serve.bash", completions("bash"));
    const { path } = directory;
    await run("bash", ["-n", "serve.bash"], path);
    const script = `source serve.bash && complete -p serve >/dev/null
COMP_WORDS=(serve "$@"); COMP_CWORD=$#; IFS=x
_serve; ((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"`;
    for (const [words, expected] of BASH_ROWS) {
      const text = await run("bash", ["-c", script, "bash", ...words], path);
      assertEquals(text.split("\n").slice(0, -1), expected, words.join(" "));
    }
  },
});

const FISH_ROWS: Array<[line: string, expected: string[]]> = [
  ["serve --tls-k", ["--tls-key\tits private key; default: in --tls-cert"]],
  ["serve --no-c", ["--no-compress\tdo not compress text from 1 KiB up"]],
  ["serve --completions f", ["fish\tprint completions for bash, zsh or fish"]],
  ["serve --tls-cert c", ["cert.pem"]],
  ["serve --tls-cert=c", ["--tls-cert=cert.pem"]],
  ["serve --help ht", ["https"]],
  ["serve -d s", ["sub dir/\tDirectory"]],
  ["serve 8000 su", ["sub dir/"]],
  ["serve 8000 c", ["cert.pem"]],
  ["serve --cors c", ["cert.pem"]],
  ["serve --cgi-timeout ", []],
  ["serve --odd-s", [`--odd-switch\t${ODD_HELP}`]],
];

Deno.test({
  name: "fish completes flags, values, files and directories",
  ignore: findProgram("fish") === undefined,
  fn: async () => {
    using directory = furnished("serve.fish", completions("fish", ODD_FLAGS));
    const { path } = directory;
    await run("fish", ["--no-execute", "serve.fish"], path);
    const script = "source serve.fish; for line in $argv; " +
      "complete -C $line; echo end; end";
    const lines = FISH_ROWS.map(([line]) => line);
    const text = await run(
      "fish",
      ["--no-config", "-c", script, ...lines],
      path,
    );
    const answers = text.split(/^end\n/m);
    for (const [index, [line, expected]] of FISH_ROWS.entries()) {
      const answer = (answers[index] ?? "").split("\n").slice(0, -1);
      assertEquals(answer, expected, line);
    }
  },
});

const ZSH_ROWS: Array<[line: string, expected: string]> = [
  ["serve --tls-se", "--tls-self-signed"],
  ["serve --no-comp", "--no-compress"],
  ["serve --completions f", "--completions fish"],
  ["serve --completions=f", "--completions=fish"],
  ["serve -q --log-format j", "-q --log-format json"],
  ["serve --help ht", "--help https"],
  ["serve --help=ht", "--help=https"],
  ["serve --tls-cert c", "--tls-cert cert.pem"],
  ["serve --tls-cert=c", "--tls-cert=cert.pem"],
  ["serve -d s", "-d sub dir"],
  ["serve 80 s", "80 sub dir"],
  ["serve 80 c", "80 cert.pem"],
  ["serve --cors s", "--cors sub dir"],
  ["serve -H A b --man", "-H A b --man"],
  ["serve --odd-s", "--odd-switch"],
  ["serve --odd-v", "--odd-value"],
];

/** Types each line, a tab and Return into a shell; `serve` says with which words it was run. */
const ZSH_SCRIPT = `zmodload zsh/zpty
setup=$1; shift
zpty shell zsh -f -i
zpty -w shell "PS1=; $setup; serve() { print -r -- \\"ran:\\$*:\\" }; print ready\\\${:-!}"
zpty -r -m shell text '*ready!*'
for line in "$@"; do
  zpty -w -n shell "$line"$'\\t\\n'
  zpty -r -m shell text '*ran:*:*'
  print -r -- "\${\${text##*ran:}%%:*}"
done
zpty -d shell
`;

for (
  const [way, setup] of [
    ["read by source", "autoload -Uz compinit; compinit -D -u; source _serve"],
    [
      "found in fpath",
      "fpath=($PWD $fpath); autoload -Uz compinit; compinit -D -u",
    ],
  ] as const
) {
  Deno.test({
    name: `zsh completes flags, values, files and directories, ${way}`,
    ignore: findProgram("zsh") === undefined,
    fn: async () => {
      using directory = furnished("_serve", completions("zsh", ODD_FLAGS));
      const { path } = directory;
      await run("zsh", ["-f", "-n", "_serve"], path);
      const lines = ZSH_ROWS.map(([line]) => line);
      const script = ["-f", "-c", ZSH_SCRIPT, "zsh", setup, ...lines];
      const text = await run("zsh", script, path);
      assertEquals(
        text.split("\n").slice(0, -1).map((line) => line.trimEnd()),
        ZSH_ROWS.map(([, expected]) => expected),
      );
    },
  });
}
