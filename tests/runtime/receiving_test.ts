/** What receives files, on the disk and in memory: the same for both. */

import { assert, assertEquals } from "@std/assert";
import { memoryFiles } from "../../lib/files/memory_files.ts";
import type {
  Files,
  FoundBelow,
  IncomingFile,
  Receiving,
} from "../../lib/ports/files.ts";
import { INCOMING_PREFIX } from "../../lib/ports/files.ts";
import { find } from "../../lib/files/locate.ts";
import { DISKS } from "../support/disks.ts";
import { temporaryDirectory } from "../support/program.ts";

interface Subject {
  readonly files: Files;
  readonly root: string;
  readonly receiving: Receiving;
  readonly directory: FoundBelow;
}

async function subject(
  files: Files,
  root: string,
  names: readonly string[] = [],
): Promise<Subject> {
  const { receiving } = files;
  const directory = await find(root, names, files);
  assert(receiving !== undefined);
  assert(typeof directory === "object");
  return { files, root, receiving, directory };
}

const onDisk = (files: Files) => {
  const directory = temporaryDirectory();
  return {
    files,
    root: Deno.realPathSync(directory.path),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
};

const MAKERS: Readonly<
  Record<string, () => { files: Files; root: string } & Disposable>
> = {
  ...Object.fromEntries(
    Object.entries(DISKS).map(([name, files]) => [name, () => onDisk(files)]),
  ),
  "memory": () => ({
    files: memoryFiles({ "/": "" }, { writable: true }),
    root: "/",
    [Symbol.dispose]: () => {},
  }),
};

const NAME = `${INCOMING_PREFIX}${"0123456789abcdef".repeat(2)}`;
const encode = (text: string) => new TextEncoder().encode(text);

async function create(
  { receiving, directory }: Subject,
  name = NAME,
): Promise<IncomingFile> {
  const file = await receiving.open(directory, name, "create");
  assert(file !== undefined);
  return file;
}

async function contentOf(
  { files, root }: Pick<Subject, "files" | "root">,
  name: string,
): Promise<string | undefined> {
  const path = `${root.replace(/\/$/, "")}/${name}`;
  const file = await files.open(path);
  if (file === undefined) return undefined;
  const { size } = file.stat;
  if (size === 0) return "";
  const content = await file.content([{ start: 0, end: size - 1 }], false);
  return await new Response(content?.body).text();
}

async function names({ files, root }: Subject): Promise<readonly string[]> {
  const entries = await files.list(root) ?? [];
  return entries.map(({ name }) => name).toSorted();
}

for (const [name, make] of Object.entries(MAKERS)) {
  Deno.test(`${name}: a file has its name when it is complete, and not before`, async () => {
    using made = make();
    const site = await subject(made.files, made.root);
    const file = await create(site);
    await file.append(encode("hel"));
    await file.append(encode("lo"));
    assertEquals(file.size(), 5);
    assertEquals(await contentOf(site, "a.txt"), undefined);
    assertEquals(await file.publish("a.txt", false), "published");
    assertEquals(await contentOf(site, "a.txt"), "hello");
    assertEquals(await names(site), ["a.txt"]);
    await file.discard();
    assertEquals(await contentOf(site, "a.txt"), "hello");
  });

  Deno.test(`${name}: a name that is taken is not replaced, another one can be tried`, async () => {
    using made = make();
    const site = await subject(made.files, made.root);
    const first = await create(site);
    await first.append(encode("first"));
    assertEquals(await first.publish("a", false), "published");
    const second = await create(site);
    await second.append(encode("second"));
    assertEquals(await second.publish("a", false), "taken");
    assertEquals(await contentOf(site, "a"), "first");
    assertEquals(await second.publish("a (2)", false), "published");
    assertEquals(await contentOf(site, "a (2)"), "second");
  });

  Deno.test(`${name}: with isReplaced a file is replaced, and a directory never`, async () => {
    using made = make();
    const site = await subject(made.files, made.root);
    for (const [text, isReplaced] of [["one", true], ["two", true]] as const) {
      const file = await create(site);
      await file.append(encode(text));
      assertEquals(await file.publish("a", isReplaced), "published");
      assertEquals(await contentOf(site, "a"), text);
    }
    const { receiving, directory } = site;
    assertEquals(await receiving.makeDirectory(directory, "d"), "made");
    const file = await create(site);
    assertEquals(await file.publish("d", true), "taken");
    assertEquals(await file.publish("d", false), "taken");
    await file.discard();
    assertEquals(await names(site), ["a", "d"]);
  });

  Deno.test(`${name}: what was closed is received further, what was discarded is gone`, async () => {
    using made = make();
    const site = await subject(made.files, made.root);
    const { receiving, directory } = site;
    assertEquals(await receiving.open(directory, NAME, "resume"), undefined);
    assertEquals(await receiving.state(directory, NAME), undefined);
    const before = Date.now();
    const file = await create(site);
    await file.append(encode("hel"));
    await file.close();
    const state = await receiving.state(directory, NAME);
    assertEquals(state?.size, 3);
    assert(Math.abs((state?.mtime ?? 0) - before) < 5000);
    const further = await receiving.open(directory, NAME, "resume");
    assertEquals(further?.size(), 3);
    await further?.append(encode("lo"));
    assertEquals(await further?.publish("a", false), "published");
    assertEquals(await contentOf(site, "a"), "hello");
    assertEquals(await receiving.state(directory, NAME), undefined);

    const other = await create(site);
    await other.append(encode("x"));
    await other.discard();
    await other.discard();
    assertEquals(await receiving.state(directory, NAME), undefined);
    assertEquals(await names(site), ["a"]);
  });

  Deno.test(`${name}: a new incoming file takes the place of an older one, which cannot be published any more`, async () => {
    using made = make();
    const site = await subject(made.files, made.root);
    const older = await create(site);
    await older.append(encode("older"));
    const newer = await create(site);
    assertEquals(newer.size(), 0);
    assertEquals(await older.publish("a", false), "gone");
    await older.discard();
    await newer.append(encode("newer"));
    assertEquals(await newer.publish("a", false), "published");
    assertEquals(await contentOf(site, "a"), "newer");
  });

  Deno.test(`${name}: digest() is of all bytes, also of those before it was resumed`, async () => {
    using made = make();
    const site = await subject(made.files, made.root);
    const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251);
    const file = await create(site);
    await file.append(bytes.slice(0, 1_000_000));
    await file.close();
    const further = await site.receiving.open(site.directory, NAME, "resume");
    assert(further !== undefined);
    await further.append(bytes.slice(1_000_000));
    for (const algorithm of ["sha-256", "sha-512"] as const) {
      const expected = await crypto.subtle.digest(algorithm, bytes);
      assertEquals(await further.digest(algorithm), new Uint8Array(expected));
    }
    await further.discard();
  });

  Deno.test(`${name}: makeDirectory() makes one, and tells where something is`, async () => {
    using made = make();
    const site = await subject(made.files, made.root);
    const { receiving, directory, files, root } = site;
    assertEquals(await receiving.makeDirectory(directory, "d"), "made");
    assertEquals(await receiving.makeDirectory(directory, "d"), "taken");
    const below = await find(root, ["d"], files);
    assert(typeof below === "object");
    assertEquals(below.stat.kind, "directory");
    const file = await receiving.open(below, NAME, "create");
    await file?.append(encode("x"));
    assertEquals(await file?.publish("a", false), "published");
    assertEquals(await receiving.makeDirectory(below, "a"), "taken");
    assertEquals(await contentOf(site, "d/a"), "x");
  });

  Deno.test(`${name}: 50 writers of one name publish it once, and lose nothing`, async () => {
    using made = make();
    const site = await subject(made.files, made.root);
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const file = await create(site, `${NAME}${index}`);
        await file.append(encode(`content ${index}`));
        for (let count = 1;; count++) {
          const name = count === 1 ? "a" : `a (${count})`;
          const outcome = await file.publish(name, false);
          if (outcome !== "taken") return [outcome, name, index] as const;
        }
      }),
    );
    assertEquals(new Set(outcomes.map(([, name]) => name)).size, 50);
    for (const [outcome, name, index] of outcomes) {
      assertEquals(outcome, "published");
      assertEquals(await contentOf(site, name), `content ${index}`);
    }
    assertEquals((await names(site)).length, 50);
  });

  Deno.test(`${name}: 1,000 that leave leave incoming files, which removeOlder() removes`, async () => {
    using made = make();
    const site = await subject(made.files, made.root);
    const { receiving, directory, files, root } = site;
    await receiving.makeDirectory(directory, "d");
    const below = await find(root, ["d"], files);
    assert(typeof below === "object");
    for (let index = 0; index < 1000; index++) {
      const at = index % 2 === 0 ? site : { ...site, directory: below };
      const file = await create(at, `${NAME}${index}`);
      await file.append(encode("x"));
      await file.close();
    }
    const kept = await create(site, "a");
    await kept.publish("b", false);
    assertEquals(
      await receiving.removeOlder(directory, Date.now() - 60_000),
      0,
    );
    assertEquals(await receiving.removeOlder(below, Date.now() + 60_000), 500);
    assertEquals(
      await receiving.removeOlder(directory, Date.now() + 60_000),
      500,
    );
    assertEquals(await names(site), ["b", "d"]);
    assertEquals(await receiving.state(directory, `${NAME}0`), undefined);
  });

  Deno.test(`${name}: a directory that is gone receives nothing`, async () => {
    using made = make();
    const site = await subject(made.files, made.root);
    const { receiving, directory } = site;
    const path = `${made.root.replace(/\/$/, "")}/absent`;
    const absent = { ...directory, path };
    assertEquals(await receiving.open(absent, NAME, "create"), undefined);
    assertEquals(await receiving.state(absent, NAME), undefined);
    assertEquals(await receiving.makeDirectory(absent, "d"), undefined);
    assertEquals(await receiving.removeOlder(absent, Infinity), 0);
  });
}
