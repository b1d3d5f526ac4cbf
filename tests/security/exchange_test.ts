import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path/from-file-url";
/**
 * What is opened is what was judged (decision P1): names are exchanged for links again and
 * again while clients ask for them. `SERVE_EXCHANGE_SECONDS` makes each row longer.
 */
import { gzipSync } from "node:zlib";
import {
  start,
  type SubjectName,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { processesWith } from "../support/process_list.ts";
import { addScript, PERMISSIONS } from "../support/scripts.ts";
import { until } from "../support/wait.ts";

const SECONDS = Number(Deno.env.get("SERVE_EXCHANGE_SECONDS") ?? "0.7");
const CLIENTS = 3;
const PYTHON = "/usr/bin/python3";
const ATTACKER = fromFileUrl(
  new URL("../support/exchange.py", import.meta.url),
);
const ignore = Deno.build.os !== "linux" || !exists(PYTHON);

/** What no answer may have: content, a name in a listing, a length, a digest. */
const FOREIGN = "FOREIGN";
const TRUE = "rightful";
const FOREIGN_SIZE = 3_333;

interface Row {
  /** What is attacked. */
  readonly name: string;
  /** What is exchanged, below the root. */
  readonly exchanged: string;
  /** What is asked for. */
  readonly target: string;
  readonly method?: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** Repetitions of the word that a file consists of; a foreign one is as long, unless `otherSize`. */
  readonly words?: number;
  readonly otherSize?: boolean;
  /** Whether the link leads to a hidden name in place of the outside. */
  readonly hidden?: boolean;
}

const CODED = { "accept-encoding": "gzip" };
const ROWS: readonly Row[] = [
  { name: "file", exchanged: "a.txt", target: "/a.txt" },
  {
    name: "file of another size",
    exchanged: "a.txt",
    target: "/a.txt",
    otherSize: true,
  },
  { name: "hidden", exchanged: "a.txt", target: "/a.txt", hidden: true },
  {
    name: "HEAD",
    exchanged: "a.txt",
    target: "/a.txt",
    method: "HEAD",
    otherSize: true,
  },
  { name: "directory", exchanged: "d", target: "/d/a.txt" },
  {
    name: "directory, hidden",
    exchanged: "d",
    target: "/d/a.txt",
    hidden: true,
  },
  {
    name: "directory, HEAD",
    exchanged: "d",
    target: "/d/a.txt",
    method: "HEAD",
    otherSize: true,
  },
  { name: "deep", exchanged: "d/e", target: "/d/e/f/a.txt" },
  { name: "listing", exchanged: "d", target: "/d/" },
  {
    name: "states of entries",
    exchanged: "d",
    target: "/d/?format=json",
    otherSize: true,
  },
  { name: "index", exchanged: "d/index.html", target: "/d/" },
  {
    name: "sidecar",
    exchanged: "s.txt.gz",
    target: "/s.txt",
    fields: CODED,
  },
  {
    name: "digest",
    exchanged: "a.txt",
    target: "/a.txt",
    fields: { "want-repr-digest": "sha-256=1" },
  },
  {
    name: "range",
    exchanged: "a.txt",
    target: "/a.txt",
    fields: { range: "bytes=0-99" },
  },
  {
    name: "coded",
    exchanged: "a.txt",
    target: "/a.txt",
    fields: CODED,
    words: 500,
  },
  { name: "over 1 MiB", exchanged: "a.bin", target: "/a.bin", words: 200_000 },
  {
    name: "over 1 MiB, in a directory",
    exchanged: "d",
    target: "/d/a.bin",
    words: 200_000,
  },
  {
    name: "script",
    exchanged: "cgi-bin/a",
    target: "/cgi-bin/a",
  },
  {
    name: "directory of scripts",
    exchanged: "cgi-bin",
    target: "/cgi-bin/a",
  },
];

for (const subject of SUBJECTS) {
  Deno.test({
    name: `${subject}: names that are exchanged lead nowhere else (P1)`,
    ignore,
    fn: async (t) => {
      for (const row of ROWS) {
        await t.step(row.name, () => attack(subject, row));
      }
    },
  });
}

for (const subject of SUBJECTS) {
  Deno.test({
    name:
      `${subject}: a script that a deployment replaces while it runs answers`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      using directory = temporaryDirectory();
      const root = directory.path;
      Deno.chmodSync(root, 0o755);
      Deno.mkdirSync(`${root}/cgi-bin`);
      Deno.chmodSync(`${root}/cgi-bin`, 0o755);
      const path = `${root}/cgi-bin/a`;
      const pause = 2 + Math.random();
      const script =
        `#!/bin/sh\nsleep ${pause}\nprintf 'Content-Type: a/b\\n\\nold'\n`;
      addScript(path, script);
      await using program = await start(
        subject,
        ["0", "-b", "127.0.0.1", "-d", root, "-q", "--cgi"],
        undefined,
        PERMISSIONS,
      );
      const asked = fetch(`${program.url}/cgi-bin/a`, { method: "POST" });
      await until(() => processesWith(`sleep\0${pause}`).length > 0);
      // The program makes sure, too, that it runs what it was to run.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      addScript(`${path}.new`, "#!/bin/sh\n");
      Deno.renameSync(`${path}.new`, path);
      const response = await asked;
      assertEquals([response.status, await response.text()], [200, "old"]);
    },
  });
}

async function attack(subject: SubjectName, row: Row): Promise<void> {
  using directory = temporaryDirectory();
  const { root, link } = furnish(directory.path, row);
  Deno.chmodSync(directory.path, 0o755); // scripts run as nobody
  const isScript = row.exchanged.startsWith("cgi-bin");
  await using program = await start(
    subject,
    ["0", "-b", "127.0.0.1", "-d", root, "-q", ...isScript ? ["--cgi"] : []],
    undefined,
    isScript ? PERMISSIONS : undefined,
  );
  const url = `${program.url}${row.target}`;
  const attacker = new Deno.Command(PYTHON, {
    args: [ATTACKER, `${root}/${row.exchanged}`, link, String(SECONDS)],
    stdout: "piped",
  }).spawn();
  let isOver = false;
  const ended = attacker.output().finally(() => isOver = true);
  const answers: string[] = [];
  const client = async () => {
    while (!isOver) answers.push(await ask(url, row));
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const { success } = await ended;
  assert(success);
  const foreign = answers.filter((answer) => answer.includes(FOREIGN));
  assertEquals(
    foreign.slice(0, 1),
    [],
    `${foreign.length} of ${answers.length}`,
  );
  for (let time = 0; time < 20; time++) {
    const answer = await ask(url, row);
    assert(!answer.includes(FOREIGN), answer);
  }
  // The true object lies there again.
  assertEquals(await settled(url, row), TRUE);
}

/** The word that an answer consists of, or its status. */
async function ask(url: string, row: Row): Promise<string> {
  const { method = "GET", fields = {} } = row;
  const response = await fetch(url, { method, headers: fields })
    .catch(() => undefined);
  if (response === undefined) return "cut";
  const text = await response.text().catch(() => "cut");
  if (response.status >= 300) return String(response.status);
  if (response.headers.get("content-length") === String(FOREIGN_SIZE)) {
    return FOREIGN;
  }
  const digest = response.headers.get("repr-digest");
  if (digest === await digestOf(words(row, FOREIGN))) return FOREIGN;
  if (text.includes(FOREIGN)) return FOREIGN;
  if (text.includes(`"size":${FOREIGN_SIZE}`)) return FOREIGN;
  return method === "HEAD" || text.includes(TRUE) ? TRUE : text.slice(0, 80);
}

/** Scripts that were exchanged a moment ago may be refused for two seconds more. */
async function settled(url: string, row: Row): Promise<string> {
  for (let left = 300; left > 0; left--) {
    const answer = await ask(url, row);
    if (answer === TRUE) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return await ask(url, row);
}

/** The tree with what is exchanged, and the link that it is exchanged for. */
function furnish(path: string, row: Row): { root: string; link: string } {
  const root = `${path}/root`;
  const aside = row.hidden === true ? `${root}/.hidden` : `${path}/outside`;
  fill(root, row, TRUE);
  fill(aside, row, FOREIGN);
  const link = `${path}/link`;
  Deno.symlinkSync(`${aside}/${row.exchanged}`, link);
  return { root, link };
}

function fill(root: string, row: Row, word: string): void {
  for (const name of ["d", "d/e", "d/e/f", "cgi-bin"]) {
    Deno.mkdirSync(`${root}/${name}`, { recursive: true });
  }
  Deno.chmodSync(root, 0o755);
  const text = words(row, word);
  for (const name of ["a.txt", "a.bin", "d/a.txt", "d/a.bin", "d/e/f/a.txt"]) {
    write(`${root}/${name}`, text);
  }
  addScript(
    `${root}/cgi-bin/a`,
    `#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n${word}'\n`,
  );
  // Where a time of modification is of this second, nothing tells a rename from a change of the content.
  const old = 1_700_000_000;
  if (row.name === "listing") write(`${root}/d/${word}.txt`, text);
  if (row.name === "states of entries") {
    for (let at = 0; at < 200; at++) {
      write(`${root}/d/${TRUE}-${at}`, text);
    }
  }
  if (row.name === "index") write(`${root}/d/index.html`, text);
  if (row.name === "sidecar") {
    write(`${root}/s.txt`, text);
    write(`${root}/s.txt.gz`, new Uint8Array(gzipSync(text)));
  }
  for (const name of ["d", "d/e", "d/e/f", "cgi-bin", "cgi-bin/a"]) {
    Deno.utimeSync(`${root}/${name}`, old, old);
  }
}

function write(path: string, content: string | Uint8Array<ArrayBuffer>): void {
  if (typeof content === "string") Deno.writeTextFileSync(path, content);
  else Deno.writeFileSync(path, content);
  Deno.utimeSync(path, 1_700_000_000, 1_700_000_000);
}

function words(row: Row, word: string): string {
  const { words = 20, otherSize = false } = row;
  const text = word.padEnd(TRUE.length).repeat(words);
  return otherSize && word === FOREIGN ? text.padEnd(FOREIGN_SIZE) : text;
}

async function digestOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha-256=:${hash.toBase64()}:`;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
