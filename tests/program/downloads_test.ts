/** Interrupted and divided downloads with curl and wget, and what Chromium does with ranges and isolation. */

import { assert, assertEquals } from "@std/assert";
import { CHROMIUM, findProgram, openBrowser } from "../support/browser.ts";
import {
  PROJECT,
  RUNTIMES,
  start,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { noise } from "../support/slow.ts";
import { tagOf } from "../support/tagged.ts";

const CURL = findProgram("curl");
const WGET = findProgram("wget");
const ZSYNC = findProgram("zsync");
const ZCKDL = findProgram("zckdl");
const MIB = 1_048_576;

async function sha256(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function run(
  program: string,
  args: string[],
  cwd: string,
): Promise<number> {
  const { code } = await new Deno.Command(program, {
    args,
    cwd,
    stdout: "null",
    stderr: "null",
  }).output();
  return code;
}

for (const runtime of SUBJECTS) {
  Deno.test({
    name: `${runtime}: curl -C - and wget -c resume to the same bytes`,
    ignore: CURL === undefined || WGET === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      using target = temporaryDirectory();
      const content = noise(5 * MIB, 1);
      Deno.writeFileSync(`${directory.path}/a.bin`, content);
      await using program = await start(runtime, ["0", directory.path]);
      const url = `${program.url}/a.bin`;
      const expected = await sha256(`${directory.path}/a.bin`);
      const commands = [["curl", "-s", "-C", "-", "-O", url], [
        "wget",
        "-q",
        "-c",
        url,
      ]];
      for (const [client = "", ...args] of commands) {
        for (const have of [1, 12_345, 3 * MIB]) {
          const path = `${target.path}/a.bin`;
          Deno.writeFileSync(path, content.subarray(0, have));
          assertEquals(
            await run(client, args, target.path),
            0,
            `${client} ${have}`,
          );
          assertEquals(await sha256(path), expected, `${client} ${have}`);
        }
      }
      await program.stop(); // a line may come a moment after its answer
      const log = program.errors();
      assertEquals(log.match(/"GET \/a\.bin HTTP\/1\.1" 206 \d+/g)?.length, 6);
    },
  });

  Deno.test({
    name:
      `${runtime}: a download starts over when the file changed in between (If-Range)`,
    ignore: CURL === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      using target = temporaryDirectory();
      const path = `${directory.path}/a.bin`;
      const replace = (content: Uint8Array, time: number) => {
        Deno.writeFileSync(path, content);
        Deno.utimeSync(path, time, time);
      };
      replace(noise(4 * MIB, 1), 1_000_000_000);
      await using program = await start(runtime, ["0", directory.path]);
      const url = `${program.url}/a.bin`;
      const range = { Range: "bytes=0-0" };
      const tag = await tagOf(program.port, "/a.bin", range);
      const resume = async (): Promise<string> => {
        const args = [
          "-s",
          "-r",
          `${MIB}-`,
          "-H",
          `If-Range: ${tag}`,
          "-D",
          "fields",
          "-o",
          "b",
          url,
        ];
        assertEquals(await run("curl", args, target.path), 0);
        return Deno.readTextFileSync(`${target.path}/fields`).split(" ")[1] ??
          "";
      };
      assertEquals(await resume(), "206");
      replace(noise(4 * MIB, 2), 1_000_000_000);
      assertEquals(await resume(), "200");
      assertEquals(await sha256(`${target.path}/b`), await sha256(path));
    },
  });

  Deno.test({
    name: `${runtime}: eight curls fetch eighths of 100 MiB at once`,
    ignore: CURL === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      using target = temporaryDirectory();
      const size = 100 * MIB;
      Deno.writeFileSync(`${directory.path}/a.bin`, noise(size, 3));
      await using program = await start(runtime, ["0", directory.path]);
      const parts = Array.from({ length: 8 }, (_, part) => part);
      const codes = await Promise.all(parts.map((part) => {
        const first = size / 8 * part;
        const range = `${first}-${first + size / 8 - 1}`;
        const url = `${program.url}/a.bin`;
        return run(
          "curl",
          ["-s", "-f", "-r", range, "-o", `${part}`, url],
          target.path,
        );
      }));
      assertEquals(codes, parts.map(() => 0));
      const whole = await Deno.open(`${target.path}/whole`, {
        write: true,
        create: true,
      });
      for (const part of parts) {
        const bytes = await Deno.readFile(`${target.path}/${part}`);
        assertEquals(bytes.length, size / 8);
        for (let at = 0; at < bytes.length;) {
          at += await whole.write(bytes.subarray(at));
        }
      }
      whole.close();
      assertEquals(
        await sha256(`${target.path}/whole`),
        await sha256(`${directory.path}/a.bin`),
      );
    },
  });

  Deno.test({
    name: `${runtime}: Chromium plays and seeks a video, by ranges`,
    ignore: CHROMIUM === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      Deno.copyFileSync(
        `${PROJECT}tests/fixtures/video.webm`,
        `${directory.path}/video.webm`,
      );
      Deno.writeTextFileSync(
        `${directory.path}/index.html`,
        "<!DOCTYPE html><video src=video.webm muted></video>",
      );
      await using program = await start(runtime, ["0", directory.path]);
      await using browser = await openBrowser();
      await using page = await browser.newPage();
      await page.goto(program.url);
      const time = await page.evaluate<number>(`(async () => {
        const video = document.querySelector("video");
        await video.play();
        video.currentTime = 7;
        await new Promise((resolve) => video.onseeked = resolve);
        return video.currentTime;
      })()`);
      assert(time >= 7 && time < 10, String(time));
      await program.log('"GET /video.webm HTTP/1.1" 206 ');
    },
  });

  Deno.test({
    name:
      `${runtime}: Chromium compiles WebAssembly from the stream, and isolates pages`,
    ignore: CHROMIUM === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      const module = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
      Deno.writeFileSync(`${directory.path}/a.wasm`, module);
      Deno.writeTextFileSync(`${directory.path}/index.html`, "<!DOCTYPE html>");
      await using browser = await openBrowser();
      await using page = await browser.newPage();
      for (const isolate of [true, false]) {
        const words = ["0", directory.path, ...isolate ? ["--isolate"] : []];
        await using program = await start(runtime, words);
        // Only what is on localhost or encrypted may be isolated at all.
        await page.goto(`http://localhost:${program.port}/`);
        const compiled = await page.evaluate<boolean>(
          "WebAssembly.instantiateStreaming(fetch('a.wasm')).then(({ instance }) => !!instance)",
        );
        assertEquals(compiled, true);
        const shared = await page.evaluate<number>(
          "crossOriginIsolated ? new SharedArrayBuffer(8).byteLength : 0",
        );
        assertEquals(shared, isolate ? 8 : 0);
      }
    },
  });
}

/** 500 blocks of a KiB, of which every other one is of this edition alone: no two differences touch. */
function blocks(edition: number): Uint8Array<ArrayBuffer> {
  const editions = [noise(512_000, 7), noise(512_000, edition)];
  const text = Array.from({ length: 500 }, (_, index) => {
    const bytes = editions[index % 2]?.subarray(
      index * 1024,
      index * 1024 + 700,
    );
    return `@@${index} ${bytes?.toBase64() ?? ""}\n`;
  });
  return new TextEncoder().encode(text.join(""));
}

for (const runtime of RUNTIMES) {
  Deno.test({
    name:
      `${runtime}: zsync and zckdl get what has changed, by many ranges at once (206)`,
    ignore: ZSYNC === undefined || ZCKDL === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      using target = temporaryDirectory();
      const { path: root } = directory;
      Deno.writeFileSync(`${root}/new`, blocks(1));
      Deno.writeFileSync(`${target.path}/old`, blocks(2));
      const make = [
        ["zsyncmake", "-b", "256", "-u", "new", "new"],
        ["zck", "-m", "-s", "@@", "-o", "new.zck", "new"],
        [
          "zck",
          "-m",
          "-s",
          "@@",
          "-o",
          `${target.path}/old.zck`,
          `${target.path}/old`,
        ],
      ];
      for (const [name = "", ...args] of make) {
        assertEquals(await run(name, args, root), 0, name);
      }
      await using program = await start(runtime, ["0", root]);
      const clients = [
        ["zsync", "-i", "old", "-o", "new", `${program.url}/new.zsync`],
        ["zckdl", "-s", "old.zck", `${program.url}/new.zck`],
      ];
      for (const [name = "", ...args] of clients) {
        assertEquals(await run(name, args, target.path), 0, name);
      }
      for (const name of ["new", "new.zck"]) {
        const expected = await sha256(`${root}/${name}`);
        assertEquals(await sha256(`${target.path}/${name}`), expected, name);
      }
      await program.stop(); // a line may come a moment after its answer
      const log = program.errors();
      assert(!/"GET \/new(\.zck)? HTTP\/1\.1" (?!206)/.test(log), log);
      // zckdl gets what leads, the head, and then all 250 parts at once.
      assertEquals(
        log.match(/"GET \/new\.zck HTTP\/1\.1" 206/g)?.length,
        3,
        log,
      );
    },
  });
}
