/** What receives files on the disk: modes, links, faults of the disk, and the end of the process. */

import { assert, assertEquals } from "@std/assert";
import { find } from "../../lib/files/locate.ts";
import {
  type Files,
  type FoundBelow,
  INCOMING_PREFIX,
  type IncomingFile,
  NO_SPACE,
} from "../../lib/ports/files.ts";
import { DISKS } from "../support/disks.ts";
import { missingForFuse } from "../support/folding_disk.ts";
import {
  moduleCommand,
  PROJECT,
  RUNTIMES,
  temporaryDirectory,
} from "../support/program.ts";
import { until } from "../support/wait.ts";

const NAME = `${INCOMING_PREFIX}0123456789abcdef0123456789abcdef`;
const MIB = 1_048_576;
const PYTHON = "/usr/bin/python3";
const encode = (text: string) => new TextEncoder().encode(text);
const noLinux = Deno.build.os !== "linux";

async function findRoot(files: Files, path: string): Promise<FoundBelow> {
  const found = await find(Deno.realPathSync(path), [], files);
  assert(typeof found === "object");
  return found;
}

async function open(
  files: Files,
  path: string,
  mode: "create" | "resume" = "create",
): Promise<IncomingFile | undefined> {
  return await files.receiving?.open(await findRoot(files, path), NAME, mode);
}

async function create(files: Files, path: string): Promise<IncomingFile> {
  const file = await open(files, path);
  assert(file !== undefined);
  return file;
}

async function failureOf(call: () => Promise<unknown>): Promise<Error> {
  try {
    await call();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("It did not fail");
}

const names = (path: string) =>
  Array.from(Deno.readDirSync(path), ({ name }) => name).toSorted();

const modeOf = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o7777;

for (const [disk, files] of Object.entries(DISKS)) {
  Deno.test(`${disk}: nobody else may read an incoming file; published it has the mode of any new file, and cannot be executed`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const before = Deno.umask();
    try {
      for (const [mask, mode] of [[0o022, 0o644], [0o027, 0o640]] as const) {
        for (const isResumed of [false, true]) {
          Deno.umask(mask);
          const file = await create(files, path);
          assertEquals(modeOf(`${path}/${NAME}`), 0o600);
          await file.close();
          const again = await open(
            files,
            path,
            isResumed ? "resume" : "create",
          );
          assertEquals(modeOf(`${path}/${NAME}`), 0o600);
          const name = `${mask} ${isResumed}`;
          assertEquals(await again?.publish(name, false), "published");
          assertEquals(modeOf(`${path}/${name}`), mode, name);
        }
      }
    } finally {
      Deno.umask(before);
    }
    Deno.writeTextFileSync(`${path}/script`, "#!/bin/sh\n", { mode: 0o755 });
    const file = await create(files, path);
    assertEquals(await file.publish("script", true), "published");
    assertEquals(modeOf(`${path}/script`) & 0o111, 0);
    assertEquals(names(path).length, 5);
  });

  Deno.test(`${disk}: a link, a FIFO, a directory or a second name in the place of an incoming file is not written to`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const secret = `${path}/secret`;
    Deno.writeTextFileSync(secret, "secret");
    const rows: Readonly<Record<string, () => unknown>> = {
      link: () => Deno.symlinkSync("secret", `${path}/${NAME}`),
      "link to nothing": () => Deno.symlinkSync("absent", `${path}/${NAME}`),
      fifo: () =>
        new Deno.Command("mkfifo", { args: [`${path}/${NAME}`] }).outputSync(),
      "second name": () => Deno.linkSync(secret, `${path}/${NAME}`),
    };
    for (const [row, make] of Object.entries(rows)) {
      make();
      assertEquals(await open(files, path, "resume"), undefined, row);
      const root = await findRoot(files, path);
      assertEquals(await files.receiving?.state(root, NAME), undefined, row);
      // A new one takes its place.
      const file = await create(files, path);
      await file.append(encode("new"));
      await file.discard();
      assertEquals(names(path), ["secret"], row);
      assertEquals(Deno.readTextFileSync(secret), "secret", row);
    }
    Deno.mkdirSync(`${path}/${NAME}`);
    assertEquals(await open(files, path, "resume"), undefined);
    assertEquals(await open(files, path, "create"), undefined);
  });

  Deno.test(`${disk}: a link at the name that is published is taken, and a link to a file, too`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.writeTextFileSync(`${path}/secret`, "secret");
    Deno.symlinkSync("secret", `${path}/link`);
    Deno.symlinkSync("absent", `${path}/dangling`);
    for (const name of ["link", "dangling"]) {
      for (const isReplaced of [false, true]) {
        const file = await create(files, path);
        assertEquals(await file.publish(name, isReplaced), "taken");
        await file.discard();
      }
    }
    assertEquals(names(path), ["dangling", "link", "secret"]);
    assertEquals(Deno.readTextFileSync(`${path}/secret`), "secret");
  });

  Deno.test(`${disk}: a file whose directory was exchanged meanwhile is not published, and leaves nothing`, async () => {
    using directory = temporaryDirectory();
    const root = Deno.realPathSync(directory.path);
    for (const name of ["d", "e"]) Deno.mkdirSync(`${root}/${name}`);
    for (const way of ["link", "directory", "nothing"]) {
      const found = await find(root, ["d"], files);
      assert(typeof found === "object");
      const file = await files.receiving?.open(found, NAME, "create");
      assert(file !== undefined);
      await file.append(encode("text"));
      Deno.renameSync(`${root}/d`, `${root}/old`);
      if (way === "link") Deno.symlinkSync("e", `${root}/d`);
      if (way === "directory") Deno.mkdirSync(`${root}/d`);
      assertEquals(await file.publish("a", false), "gone", way);
      await file.discard();
      const { receiving } = files;
      assertEquals(await receiving?.makeDirectory(found, "x"), undefined, way);
      assertEquals(await receiving?.open(found, NAME, "create"), undefined);
      assertEquals(names(`${root}/e`), [], way);
      assertEquals(names(`${root}/old`), [NAME], way);
      if (way !== "nothing") {
        assertEquals(names(`${root}/d`), []);
        Deno.removeSync(`${root}/d`);
      }
      Deno.removeSync(`${root}/old/${NAME}`);
      Deno.renameSync(`${root}/old`, `${root}/d`);
    }
  });

  Deno.test(`${disk}: removeOlder() follows no links, and lets others have their turns`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.mkdirSync(`${path}/root/d`, { recursive: true });
    Deno.mkdirSync(`${path}/outside`);
    for (const at of ["root", "root/d", "outside"]) {
      Deno.writeTextFileSync(`${path}/${at}/${NAME}`, "");
      Deno.utimeSync(`${path}/${at}/${NAME}`, 1000, 1000);
    }
    Deno.symlinkSync(`${path}/outside`, `${path}/root/link`);
    Deno.symlinkSync(`${path}/outside/${NAME}`, `${path}/root/${NAME}2`);
    for (let index = 0; index < 1000; index++) {
      Deno.writeTextFileSync(`${path}/root/${index}`, "");
    }
    const root = await findRoot(files, `${path}/root`);
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    assertEquals(await files.receiving?.removeOlder(root, 2_000_000), 2);
    clearInterval(timer);
    assert(turns > 0, `${turns}`);
    assertEquals(names(`${path}/outside`), [NAME]);
    assertEquals(names(`${path}/root/d`), []);
  });

  Deno.test(`${disk}: nothing stays open`, { ignore: noLinux }, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const count = () => names("/proc/self/fd").length;
    await (await create(files, path)).discard();
    const before = count();
    for (let index = 0; index < 20; index++) {
      const file = await create(files, path);
      await file.append(new Uint8Array(1000));
      if (index % 4 === 0) await file.publish(`${index}`, false);
      if (index % 4 === 1) await file.close();
      if (index % 4 === 2) await file.discard();
      if (index % 4 === 3) {
        // A client that leaves in the middle of a write.
        const appended = file.append(new Uint8Array(MIB));
        await file.discard();
        await appended;
      }
    }
    assertEquals(count(), before);
  });

  Deno.test({
    name:
      `${disk}: a disk that is full is told, and loses nothing (a small tmpfs, as root)`,
    ignore: noLinux || Deno.uid() !== 0 || !await canMount(),
    fn: async () => {
      using mounted = tmpfs(2 * MIB);
      const { path } = mounted;
      const file = await create(files, path);
      await file.append(new Uint8Array(MIB));
      const error = await failureOf(async () => {
        for (;;) await file.append(new Uint8Array(300_000));
      });
      assertEquals(error.name, NO_SPACE);
      assertEquals(error.stack, undefined);
      const size = file.size();
      assertEquals(Deno.statSync(`${path}/${NAME}`).size, size);
      assert(size > MIB && size <= 2 * MIB, `${size}`);
      await file.close();
      assertEquals(names(path), [NAME]);
      const free = await files.receiving?.space(path);
      assert(free !== undefined && free < 300_000, `${free}`);
      const again = await open(files, path, "resume");
      assertEquals(again?.size(), size);
      await again?.discard();
      assertEquals(names(path), []);
      const space = await files.receiving?.space(path) ?? 0;
      assert(space > MIB && space <= 2 * MIB, `${space}`);
    },
  });
}

for (const disk of ["Deno", "Deno, by name"]) {
  const files = DISKS[disk] as Files;
  const missing = missingForFuse();
  Deno.test({
    name:
      `${disk}: without hard links no file is replaced, and nothing half is seen (python3-fusepy)`,
    ignore: missing !== undefined,
    fn: async () => {
      await using faulty = await faultyDisk("links");
      const { path } = faulty;
      const first = await create(files, path);
      await first.append(encode("first"));
      assertEquals(await first.publish("a", false), "published");
      const second = await create(files, path);
      await second.append(encode("second"));
      assertEquals(await second.publish("a", false), "taken");
      assertEquals(Deno.readTextFileSync(`${path}/a`), "first");
      assertEquals(await second.publish("a", true), "published");
      assertEquals(Deno.readTextFileSync(`${path}/a`), "second");
      assertEquals(modeOf(`${path}/a`), 0o666 & ~Deno.umask());
      assertEquals(names(path), ["a"]);
    },
  });

  Deno.test({
    name: `${disk}: a disk that fails publishes nothing (python3-fusepy)`,
    ignore: missing !== undefined,
    fn: async () => {
      for (
        const [fault, isSpace] of [["write", false], ["quota", true]] as const
      ) {
        await using faulty = await faultyDisk(fault);
        const file = await create(files, faulty.path);
        await file.append(new Uint8Array(MIB));
        const error = await failureOf(
          async () => await file.append(new Uint8Array(10)),
        );
        assertEquals(error.name === NO_SPACE, isSpace);
        assertEquals(file.size(), MIB);
        await file.close();
        const again = await open(files, faulty.path, "resume");
        assertEquals(again?.size(), MIB);
        await again?.discard();
        assertEquals(names(faulty.path), []);
      }
      await using faulty = await faultyDisk("fsync");
      const file = await create(files, faulty.path);
      await file.append(new Uint8Array(10));
      await failureOf(async () => await file.publish("a", false));
      assertEquals(names(faulty.path), [NAME]);
      await file.discard();
      assertEquals(names(faulty.path), []);
    },
  });
}

/** Receives files, one after the other, until it is killed. */
const ENDLESS = `import { currentRuntime } from "${PROJECT}lib/runtime/mod.ts";
const [, , root] = ROOT;
const { files } = currentRuntime();
const directory = await files.find(root, []);
const content = new Uint8Array(300_000).map((_, index) => index % 251);
for (let index = 0;; index++) {
  const name = "${INCOMING_PREFIX}" + String(index).padStart(32, "0");
  const file = await files.receiving.open(directory, name, "create");
  for (let at = 0; at < content.length; at += 10_000) {
    await file.append(content.slice(at, at + 10_000));
  }
  await file.publish("file" + index, false);
}`;

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: what kill -9 leaves is whole, or can be received further`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const root = `${Deno.realPathSync(path)}/root`;
    const script = `${path}/endless.ts`;
    Deno.writeTextFileSync(
      script,
      ENDLESS.replace("ROOT", `["", "", ${JSON.stringify(root)}]`),
    );
    const permissions = ["--allow-read", `--allow-write=${root}`];
    const [program, ...args] = await moduleCommand(
      runtime,
      script,
      permissions,
    );
    const files = DISKS.Deno as Files;
    let resumed = 0;
    // It may be killed between two files, when nothing is left over.
    for (let round = 0; round < 2 || resumed === 0 && round < 20; round++) {
      Deno.mkdirSync(root);
      const child = new Deno.Command(program, { args, stdin: "null" }).spawn();
      await until(() => names(root).length > 2 + round, "files");
      child.kill("SIGKILL");
      await child.status;
      for (const name of names(root)) {
        if (name.startsWith(INCOMING_PREFIX)) {
          resumed += await finish(files, root, name);
        }
      }
      for (const name of names(root)) {
        assert(isWhole(Deno.readFileSync(`${root}/${name}`)), name);
      }
      Deno.removeSync(root, { recursive: true });
    }
    assert(resumed > 0);
  });
}

/** Receives the rest of an incoming file; 0 where it had been published already. */
async function finish(
  files: Files,
  root: string,
  name: string,
): Promise<number> {
  const directory = await findRoot(files, root);
  const state = await files.receiving?.state(directory, name);
  if (state === undefined) {
    // Killed between its two names: the content has its own.
    const { nlink } = Deno.lstatSync(`${root}/${name}`);
    assertEquals(nlink, 2);
    await files.receiving?.removeOlder(directory, Infinity);
    return 0;
  }
  const file = await files.receiving?.open(directory, name, "resume");
  // A kill can end a write at any of its pages, so the size is no multiple of what was appended.
  assertEquals(file?.size(), state.size);
  await file?.append(CONTENT.slice(state.size));
  assertEquals(await file?.publish("rest", false), "published");
  return 1;
}

const CONTENT = new Uint8Array(300_000).map((_, index) => index % 251);

function isWhole(bytes: Uint8Array): boolean {
  return bytes.length === CONTENT.length &&
    bytes.every((byte, index) => byte === CONTENT[index]);
}

async function canMount(): Promise<boolean> {
  using directory = temporaryDirectory();
  const { path } = directory;
  const run = (program: string, ...args: string[]) =>
    new Deno.Command(program, { args, stderr: "null" }).output()
      .then(({ success }) => success, () => false);
  const isMounted = await run("mount", "-t", "tmpfs", "tmpfs", path);
  return isMounted && await run("umount", path);
}

function tmpfs(size: number): { path: string } & Disposable {
  const directory = temporaryDirectory();
  const { path } = directory;
  const args = ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path];
  const { success } = new Deno.Command("mount", { args }).outputSync();
  assert(success);
  return {
    path,
    [Symbol.dispose]: () => {
      new Deno.Command("umount", { args: ["-l", path] }).outputSync();
      directory[Symbol.dispose]();
    },
  };
}

async function faultyDisk(
  fault: string,
): Promise<{ path: string } & AsyncDisposable> {
  const directory = temporaryDirectory();
  const [source, path] = [`${directory.path}/source`, `${directory.path}/disk`];
  for (const made of [source, path]) Deno.mkdirSync(made);
  const outside = Deno.statSync(path).dev;
  const program = `${PROJECT}tests/support/faulty_disk.py`;
  const disk = new Deno.Command(PYTHON, {
    args: [program, source, path, fault],
    stdin: "null",
  }).spawn();
  await until(() => Deno.statSync(path).dev !== outside, "mounted");
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      const args = ["-u", "-z", path];
      await new Deno.Command("fusermount3", { args }).output();
      try {
        disk.kill("SIGKILL");
      } catch {
        // It ends when it is unmounted.
      }
      await disk.status;
      directory[Symbol.dispose]();
    },
  };
}
