/**
 * What is received lies in the directory that was found, or nowhere (decision D237): a directory is
 * exchanged for a link again and again meanwhile. `SERVE_EXCHANGE_SECONDS` makes each row longer.
 */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path/from-file-url";
import { find } from "../../lib/files/locate.ts";
import {
  type Files,
  type FoundBelow,
  INCOMING_PREFIX,
  type Receiving,
} from "../../lib/ports/files.ts";
import { DISKS } from "../support/disks.ts";
import { temporaryDirectory } from "../support/program.ts";

const SECONDS = Number(Deno.env.get("SERVE_EXCHANGE_SECONDS") ?? "1.5");
const MOST_FILES = 200;
const PYTHON = "/usr/bin/python3";
const ATTACKER = fromFileUrl(
  new URL("../support/exchange.py", import.meta.url),
);
const ignore = Deno.build.os !== "linux" || !exists(PYTHON);
const TEXT = "received";

/** Receives one thing; the names that it has now. */
type Receive = (
  receiving: Receiving,
  directory: FoundBelow,
  index: number,
) => Promise<string | undefined>;

const write =
  (name: string, isReplaced: boolean): Receive =>
  async (receiving, directory, index) => {
    const incoming = `${INCOMING_PREFIX}${index}`;
    const file = await receiving.open(directory, incoming, "create");
    if (file === undefined) return undefined;
    await file.append(new TextEncoder().encode(TEXT));
    const target = `${name}${isReplaced ? "" : index}`;
    const outcome = await file.publish(target, isReplaced);
    await file.discard();
    return outcome === "published" ? target : undefined;
  };

const resume: Receive = async (receiving, directory, index) => {
  const incoming = `${INCOMING_PREFIX}${index}`;
  const first = await receiving.open(directory, incoming, "create");
  await first?.append(new TextEncoder().encode(TEXT));
  await first?.close();
  const file = await receiving.open(directory, incoming, "resume");
  const outcome = await file?.publish(`a${index}`, false);
  await file?.discard();
  return outcome === "published" ? `a${index}` : undefined;
};

const makeDirectory: Receive = async (receiving, directory, index) => {
  const outcome = await receiving.makeDirectory(directory, `d${index}`);
  return outcome === "made" ? `d${index}` : undefined;
};

const ROWS: Readonly<Record<string, Receive>> = {
  "new names": write("a", false),
  "a name that is replaced": write("same", true),
  "names that are resumed": resume,
  "directories": makeDirectory,
};

for (const [disk, files] of Object.entries(DISKS)) {
  Deno.test({
    name:
      `${disk}: what is received lies in the directory that was found, or nowhere`,
    ignore,
    fn: async (t) => {
      for (const [name, receive] of Object.entries(ROWS)) {
        await t.step(name, () => attack(files, receive));
      }
    },
  });
}

async function attack(files: Files, receive: Receive): Promise<void> {
  using directory = temporaryDirectory();
  const { root, outside, link } = furnish(directory.path);
  const attacker = new Deno.Command(PYTHON, {
    args: [ATTACKER, `${root}/d`, link, String(SECONDS)],
    stdout: "piped",
  }).spawn();
  let isOver = false;
  const ended = attacker.output().finally(() => isOver = true);
  const received: string[] = [];
  for (let index = 0; !isOver; index++) {
    if (received.length === MOST_FILES) break;
    const { receiving } = files;
    const found = await find(root, ["d"], files);
    // As the core does, which refuses what lies outside.
    const isInside = typeof found === "object" && found.path === `${root}/d`;
    if (!isInside || receiving === undefined) continue;
    const name = await receive(receiving, found, index);
    if (name !== undefined) received.push(name);
  }
  assert((await ended).success);
  assertEquals(treeOf(outside), { same: "foreign" });
  const there = treeOf(`${root}/d`);
  for (const name of received) {
    assert(there[name] === TEXT || there[name] === "directory", name);
  }
  assert(received.length > 0);
}

/** A root with a directory, one outside, and a link to that. */
function furnish(
  path: string,
): { root: string; outside: string; link: string } {
  const [root, outside] = [
    `${Deno.realPathSync(path)}/root`,
    `${path}/outside`,
  ];
  Deno.mkdirSync(`${root}/d`, { recursive: true });
  Deno.mkdirSync(outside);
  Deno.writeTextFileSync(`${root}/d/same`, "rightful");
  Deno.writeTextFileSync(`${outside}/same`, "foreign");
  const link = `${path}/link`;
  Deno.symlinkSync(outside, link);
  return { root, outside, link };
}

function treeOf(path: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(Deno.readDirSync(path), ({ name, isFile }) => [
      name,
      isFile ? Deno.readTextFileSync(`${path}/${name}`) : "directory",
    ]),
  );
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
