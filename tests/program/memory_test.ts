/** What the real program takes for what it keeps of files. */

import { assert } from "@std/assert";
import { V8_FLAGS } from "../../scripts/executables/backends.ts";
import {
  PROJECT,
  startCommand,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";

const MIB = 1_048_576;
/** What is kept of files and of what was coded (lib/server/docs.md). */
const KEPT_MIB = 96 + 32;
/** So many of 4 KiB are twice what is kept. */
const FILES = 20_000;
const CLIENTS = 16;

function residentMiB(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024 / MIB;
}

Deno.test({
  name:
    "Deno: what is kept of many small files takes 1.5 times its limit of memory at most",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using directory = temporaryDirectory();
    const bytes = new Uint8Array(4096);
    for (let index = 0; index < FILES; index++) {
      const path = `${directory.path}/${index}`;
      Deno.writeFileSync(path, bytes);
      // What has just changed is not kept.
      Deno.utimeSync(path, 1e9, 1e9);
    }
    const deno = [Deno.execPath(), "run", V8_FLAGS, "--no-prompt"] as const;
    const words = ["0", "-b", "127.0.0.1", "-q", "-d", directory.path];
    await using program = await startCommand("Deno", [
      ...deno,
      ...[
        "--allow-net",
        "--allow-read=/",
        `${PROJECT}lib/program/entry.ts`,
        ...words,
      ],
    ]);
    await request(program.port, "/0");
    const idle = residentMiB(program.process.pid);
    let most = idle;
    const left = Array.from({ length: FILES }, (_, index) => index).values();
    const client = async () => {
      for (const index of left) {
        const response = await fetch(`${program.url}/${index}`);
        await response.arrayBuffer();
        if (index % 100 > 0) continue;
        most = Math.max(most, residentMiB(program.process.pid));
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    const more = most - idle;
    assert(more <= 1.5 * KEPT_MIB, `${Math.round(more)} MiB more`);
  },
});
