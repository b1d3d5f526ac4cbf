/**
 * The completions for shells, made from the table of flags.
 *
 * @module
 */

import { completionOf, type Flag, flagWords, type Shell } from "./flag.ts";
import { FLAG_TABLE } from "./flags.ts";

/** What a shell does to complete a value. */
interface Answers {
  readonly words: (words: string) => string;
  readonly file: string;
  readonly directory: string;
  readonly unknown: string;
}

/** A script that makes a shell complete the flags of `serve`. */
export function completions(
  shell: Shell,
  flags: readonly Flag[] = FLAG_TABLE,
): string {
  switch (shell) {
    case "bash":
      return bash(flags);
    case "zsh":
      return zsh(flags);
    case "fish":
      return fish(flags);
  }
}

/** The help for a word: `--no-NAME` turns off what the table says. */
function helpOf({ name, help }: Flag, word: string): string {
  return word === `--no-${name}`
    ? `do not ${help.replace(/ \(on\)$|: .*/, "")}`
    : help;
}

/** The values behind a word: `--no-NAME` takes none. */
function valuesOf({ name, values }: Flag, word: string): readonly string[] {
  return word === `--no-${name}` ? [] : values;
}

function answer(flag: Flag, answers: Answers): string {
  const completion = completionOf(flag);
  return completion.kind === "words"
    ? answers.words(completion.words.join(" "))
    : answers[completion.kind];
}

/** Everything but the apostrophe stands for itself between apostrophes. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function bash(flags: readonly Flag[]): string {
  const cases = flags.filter(({ values }) => values.length > 0).map((flag) => {
    const words = flagWords(flag).filter((word) => valuesOf(flag, word).length);
    return `    ${words.join("|")}) ${bashCase(flag)} ;;\n`;
  });
  const words = flags.flatMap(flagWords).join(" ");
  return `# Completions of serve for bash 4 and later.
_serve() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local equals= IFS=$' \\t\\n'
  # --flag=value comes in three words.
  if [[ $current == = ]]; then
    current= equals=1
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]} equals=1
  fi
  COMPREPLY=()
  case $previous in
${cases.join("")}  esac
  case $current in
    -*) mapfile -t COMPREPLY < <(compgen -W ${quote(words)} -- "$current") ;;
    *) _serve_paths -f "$current" ;;
  esac
}
_serve_paths() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}
complete -F _serve serve
`;
}

/** Answers, and returns; where the value is left out, the script goes on. */
function bashCase(flag: Flag): string {
  const commands = `${answer(flag, BASH_ANSWERS)}return`;
  return isAttached(flag) ? `if [[ $equals ]]; then ${commands}; fi` : commands;
}

/** Whether its value only stands behind `=`; a topic of `--help` may be the next word. */
function isAttached({ otherwise }: Flag): boolean {
  return otherwise !== undefined && otherwise !== "";
}

const BASH_ANSWERS: Answers = {
  words: (words) =>
    `mapfile -t COMPREPLY < <(compgen -W ${quote(words)} -- "$current"); `,
  file: '_serve_paths -f "$current"; ',
  directory: '_serve_paths -d "$current"; ',
  unknown: "",
};

function zsh(flags: readonly Flag[]): string {
  const specifications = flags.flatMap(zshSpecifications)
    .map((text) => `    ${text} \\\n`);
  return `#compdef serve
# Completions of serve for zsh.
_serve() {
  _arguments -s -S \\
${specifications.join("")}    '1:port, directory or file:_files' \\
    '2:directory or file:_files'
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _serve "$@"; else compdef _serve serve; fi
`;
}

function zshSpecifications(flag: Flag): readonly string[] {
  const words = flagWords(flag);
  const others = flag.repeatable === true ? "*" : `(${words.join(" ")})`;
  return words.map((word) => {
    const help = helpOf(flag, word).replaceAll(/[\\\[\]]/g, String.raw`\$&`);
    return quote(`${others}${word}${zshJoin(flag, word)}[${help}]`) +
      valuesOf(flag, word).map((name) => quote(zshValue(flag, name))).join("");
  });
}

/** Where the value may stand: behind `=`, in the same word, in the next one. */
function zshJoin(flag: Flag, word: string): string {
  if (valuesOf(flag, word).length !== 1) return "";
  if (!word.startsWith("--")) return "+";
  return isAttached(flag) ? "=-" : "=";
}

function zshValue(flag: Flag, name: string): string {
  const start = flag.otherwise === undefined ? ":" : "::";
  const message = name.replaceAll(/[\\:]/g, String.raw`\$&`);
  return `${start}${message}:${answer(flag, ZSH_ANSWERS)}`;
}

const ZSH_ANSWERS: Answers = {
  words: (words) => `(${words})`,
  file: "_files",
  directory: "_files -/",
  unknown: " ",
};

function fish(flags: readonly Flag[]): string {
  const topics = "-n '__fish_prev_arg_in -h --help'";
  const lines = flags.flatMap((flag) => [
    ...fishLines(flag),
    ...flag.otherwise === ""
      ? [`complete -c serve ${topics} ${answer(flag, FISH_ANSWERS)}`]
      : [],
  ]);
  return `# Completions of serve for fish.
complete -c serve -F
${lines.join("\n")}
`;
}

function fishLines(flag: Flag): readonly string[] {
  const { letter, otherwise } = flag;
  const words = flagWords(flag).filter((word) => word.startsWith("--"));
  return words.map((word) => {
    const takesValue = valuesOf(flag, word).length > 0;
    return [
      "complete -c serve",
      ...letter === undefined ? [] : [`-s ${letter}`],
      `-l ${word.slice("--".length)}`,
      ...takesValue && otherwise === undefined ? ["-r"] : [],
      ...takesValue ? [answer(flag, FISH_ANSWERS)] : [],
      `-d ${fishQuote(helpOf(flag, word))}`,
    ].join(" ");
  });
}

const FISH_ANSWERS: Answers = {
  words: (words) => `-f -a ${fishQuote(words)}`,
  file: "-F",
  directory: "-f -a '(__fish_complete_directories)'",
  unknown: "-f",
};

/** Between apostrophes, fish reads backslashes. */
function fishQuote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
