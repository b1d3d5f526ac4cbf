/** Files that change while they are archived: the connection is cut, and nothing stays open. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createHandler } from "../../main.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { readZip } from "../support/archives.ts";
import { temporaryDirectory } from "../support/program.ts";
import { until } from "../support/wait.ts";

const { files: disk } = currentRuntime();

/** More than is read at once, and less than what is held for its record. */
const HELD = 700_000;
/** So large that it is read twice for a zip, and in many chunks. */
const LARGE = 12_000_000;

interface Change {
  readonly name: string;
  readonly size: number;
  readonly change: (path: string) => void;
}

const CHANGES: readonly Change[] = [
  {
    name: "shrinks",
    size: LARGE,
    change: (path) => Deno.truncateSync(path, 10),
  },
  {
    name: "grows",
    size: LARGE,
    change: (path) => Deno.writeTextFileSync(path, "more", { append: true }),
  },
  {
    name: "is written to",
    size: LARGE,
    change: (path) => {
      using file = Deno.openSync(path, { write: true });
      file.seekSync(-3, Deno.SeekMode.End);
      file.writeSync(Uint8Array.of(1, 2, 3));
    },
  },
  {
    name: "vanishes before its turn",
    size: HELD,
    change: (path) => Deno.removeSync(path),
  },
  {
    name: "is replaced before its turn",
    size: HELD,
    change: (path) => {
      Deno.writeFileSync(`${path}.new`, new Uint8Array(HELD));
      Deno.renameSync(`${path}.new`, path);
    },
  },
  {
    name: "becomes a link that leads outside",
    size: HELD,
    change: (path) => {
      Deno.removeSync(path);
      Deno.symlinkSync("/etc/passwd", path);
    },
  },
];

function descriptors(directory: string): string[] {
  return [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
    try {
      const path = Deno.readLinkSync(`/proc/self/fd/${name}`);
      return path.startsWith(directory) ? [path] : [];
    } catch {
      return [];
    }
  });
}

/** Opens an archive of a first large file, and the one that is going to change. */
async function begin(path: string, form: string, size: number) {
  Deno.writeFileSync(`${path}/0-first`, new Uint8Array(9_000_000));
  Deno.writeFileSync(`${path}/1-changing`, new Uint8Array(size).fill(7));
  const errors: unknown[] = [];
  const handler = createHandler({
    root: path,
    log: ({ error }) => void errors.push(error),
  });
  const url = `http://localhost/?archive=${form}`;
  const response = await handler(new Request(url));
  const length = Number(response.headers.get("content-length") ?? Infinity);
  const reader = response.body?.getReader();
  assert(reader !== undefined);
  return { handler, reader, length, errors };
}

for (const form of ["zip", "tar", "tar.gz"]) {
  for (const { name, size, change } of CHANGES) {
    Deno.test(`${form}: a file ${name} meanwhile: cut, and closed`, async () => {
      using directory = temporaryDirectory();
      const { path } = directory;
      const { reader, length, errors } = await begin(path, form, size);
      let taken = (await reader.read()).value?.length ?? 0;
      change(`${path}/1-changing`);
      const error = await assertRejects(async () => {
        for (;;) {
          const { value } = await reader.read();
          if (value === undefined) return;
          taken += value.length;
        }
      });
      assert(error instanceof Error);
      assertEquals(error.name, "ShrunkError");
      assert(taken < length, `${taken} of ${length}`);
      await until(() => descriptors(path).length === 0);
      await until(() => errors.length > 0);
      const [logged] = errors;
      assert(logged instanceof Error && /1-changing/.test(logged.message));
    });
  }

  Deno.test(`${form}: a client that leaves has everything closed, and its place given back`, async () => {
    using directory = temporaryDirectory();
    const { handler, reader } = await begin(directory.path, form, LARGE);
    for (let count = 0; count < 3; count++) await reader.read();
    await reader.cancel();
    await until(() => descriptors(directory.path).length === 0);
    const url = `http://localhost/?archive=${form}`;
    const all = await Promise.all(
      Array.from({ length: 4 }, () => handler(new Request(url))),
    );
    assertEquals(all.map(({ status }) => status), [200, 200, 200, 200]);
    await Promise.all(all.map(({ body }) => body?.cancel()));
  });
}

Deno.test("zip: bytes that changed without a trace are no other file's: the checksum is compared", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const { reader } = await begin(path, "zip", LARGE);
  const stat = Deno.statSync(`${path}/1-changing`);
  await reader.read();
  // In the same tick, with its time set back: only the time of change could tell, in seconds.
  using file = Deno.openSync(`${path}/1-changing`, { write: true });
  file.seekSync(100, Deno.SeekMode.Start);
  await assertRejects(async () => {
    for (let taken = 0;;) {
      const { value } = await reader.read();
      if (value === undefined) return;
      taken += value.length;
      if (taken > 9_000_100) {
        file.seekSync(-3, Deno.SeekMode.End);
        file.writeSync(Uint8Array.of(1, 2, 3));
        Deno.utimeSync(`${path}/1-changing`, stat.atime ?? 0, stat.mtime ?? 0);
      }
    }
  });
});

Deno.test("nothing is read ahead of a client that does not read", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  for (let index = 0; index < 50; index++) {
    Deno.writeFileSync(`${path}/${index}`, new Uint8Array(300_000));
  }
  const opened: string[] = [];

  const files = {
    ...disk,
    open: (path: string) => {
      opened.push(path);
      return disk.open(path);
    },
  };
  const handler = createHandler({ root: path, files, log: false });
  const response = await handler(
    new Request("http://localhost/?archive=zip"),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals(opened.length, 0);
  const reader = response.body?.getReader();
  await reader?.read();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert(opened.length <= 2, `${opened.length} files`);
  await reader?.cancel();
});

Deno.test("who continues a download has no file read again for its checksum", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const old = Date.now() / 1000 - 100;
  const contents = {
    a: new Uint8Array(300_000).fill(9),
    b: new Uint8Array(300_000).fill(9),
    c: Uint8Array.of(0x9d, 0x0a, 0xd9, 0x6d), // its CRC-32 is 0
  };
  for (const [name, bytes] of Object.entries(contents)) {
    Deno.writeFileSync(`${path}/${name}`, bytes);
    Deno.utimeSync(`${path}/${name}`, old, old);
  }
  let opened = 0;

  const files = {
    ...disk,
    open: (path: string) => {
      opened++;
      return disk.open(path);
    },
  };
  // By this clock the files have settled.
  const clock = { now: () => Date.now() + 10_000 };
  const handler = createHandler({ root: path, files, clock, log: false });
  const url = "http://localhost/?archive=zip";
  const whole = await handler(new Request(url));
  const bytes = new Uint8Array(await whole.arrayBuffer());
  assertEquals(readZip(bytes).length, 3);
  assertEquals(opened, 3);
  const headers = {
    range: "bytes=-150",
    "if-range": whole.headers.get("etag") ?? "",
  };
  const rest = await handler(new Request(url, { headers }));
  assertEquals(rest.status, 206);
  assertEquals(new Uint8Array(await rest.arrayBuffer()), bytes.slice(-150));
  assertEquals(opened, 3);
});
