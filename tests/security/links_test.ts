/** Symbolic links are followed only while they stay inside the root (decision D7). On the real disk. */

import { assert, assertEquals } from "@std/assert";
import { createHandler, type SiteOptions } from "../../main.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { temporaryDirectory } from "../support/program.ts";

interface Tree extends Disposable {
  readonly root: string;
  readonly outside: string;
  readonly get: (
    path: string,
    options?: Partial<SiteOptions>,
  ) => Promise<Response>;
}

function tree(): Tree {
  const directory = temporaryDirectory();
  const root = `${directory.path}/www`;
  const outside = `${directory.path}/outside`;
  for (
    const path of [root, `${root}/d`, `${root}/e`, `${root}/.git`, outside]
  ) {
    Deno.mkdirSync(path);
  }
  Deno.writeTextFileSync(`${root}/a.txt`, "public");
  Deno.writeTextFileSync(`${root}/d/b.txt`, "b");
  Deno.writeTextFileSync(`${root}/.git/config`, "SECRET");
  Deno.writeTextFileSync(`${outside}/s.txt`, "SECRET");
  Deno.writeTextFileSync(`${outside}/index.html`, "SECRET");
  return {
    root,
    outside,
    get: async (path, options = {}) =>
      await createHandler({ root, log: false, ...options })(
        new Request(`http://localhost${path}`),
      ),
    [Symbol.dispose]: directory[Symbol.dispose],
  };
}

async function status(response: Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await body?.cancel();
  return status;
}

Deno.test("links inside the root are followed", async () => {
  using site = tree();
  Deno.symlinkSync("a.txt", `${site.root}/link.txt`);
  Deno.symlinkSync("d", `${site.root}/link`);
  assertEquals(await (await site.get("/link.txt")).text(), "public");
  assertEquals(await (await site.get("/link/b.txt")).text(), "b");
  assertEquals((await site.get("/link")).headers.get("location"), "/link/");
});

Deno.test("links out of the root are absent (404): leaf, parent, index, chain, loop, dangling", async () => {
  using site = tree();
  const { root, outside } = site;
  Deno.symlinkSync(`${outside}/s.txt`, `${root}/leaf.txt`);
  Deno.symlinkSync("../outside/s.txt", `${root}/relative.txt`);
  Deno.symlinkSync("leaf.txt", `${root}/chain.txt`);
  Deno.symlinkSync(outside, `${root}/parent`);
  Deno.symlinkSync(`${outside}/index.html`, `${root}/e/index.html`);
  Deno.symlinkSync("loop", `${root}/loop`);
  Deno.symlinkSync("nowhere", `${root}/dangling`);
  Deno.symlinkSync("..", `${root}/up`);
  const paths = [
    "/leaf.txt",
    "/relative.txt",
    "/chain.txt",
    "/parent",
    "/parent/",
    "/parent/s.txt",
    "/loop",
    "/dangling",
    "/up/",
    "/up/outside/s.txt",
  ];
  for (const path of paths) {
    assertEquals(await status(site.get(path)), 404, path);
  }
  const index = await (await site.get("/e/")).text();
  assert(index.includes("Index of /e") && !index.includes("index.html"));
});

Deno.test("sidecars that lead out of the root, or are odd, do not answer", async () => {
  using site = tree();
  const { root, outside } = site;
  Deno.symlinkSync(`${outside}/s.txt`, `${root}/a.txt.br`);
  new Deno.Command("mkfifo", { args: [`${root}/a.txt.gz`] }).outputSync();
  Deno.symlinkSync(".git/config", `${root}/a.txt.zst`);
  const handler = createHandler({ root, log: false });
  for (const coding of ["br", "gzip", "zstd"]) {
    const headers = { "accept-encoding": coding };
    const request = new Request("http://localhost/a.txt", { headers });
    const response = await handler(request);
    assertEquals(await response.text(), "public", coding);
    assertEquals(response.headers.get("content-encoding"), null);
  }
});

Deno.test("a listing does not show links that are not followed", async () => {
  using site = tree();
  Deno.symlinkSync(site.outside, `${site.root}/parent`);
  Deno.symlinkSync(`${site.outside}/s.txt`, `${site.root}/leaf.txt`);
  Deno.symlinkSync("a.txt", `${site.root}/good.txt`);
  Deno.symlinkSync("d", `${site.root}/good`);
  const text = await (await site.get("/")).text();
  assert(!text.includes('"parent') && !text.includes("leaf.txt"));
  assert(text.includes('href="good.txt"') && text.includes('href="good/"'));
  const all = await (await site.get("/", { followSymlinks: true })).text();
  assert(all.includes('href="parent/"') && all.includes('href="leaf.txt"'));
});

Deno.test("a link to a hidden file is hidden: the policy is for the object, not for the URL", async () => {
  using site = tree();
  Deno.symlinkSync(".git/config", `${site.root}/config.txt`);
  Deno.symlinkSync(".git", `${site.root}/repository`);
  for (const path of ["/config.txt", "/repository/", "/repository/config"]) {
    assertEquals(await status(site.get(path)), 404, path);
    assertEquals(
      await status(site.get(path, { followSymlinks: true })),
      404,
      path,
    );
  }
  assertEquals(await status(site.get("/config.txt", { dotfiles: true })), 200);
});

Deno.test("the followSymlinks option lets links lead out", async () => {
  using site = tree();
  Deno.symlinkSync(site.outside, `${site.root}/parent`);
  const response = await site.get("/parent/s.txt", { followSymlinks: true });
  assertEquals(await response.text(), "SECRET");
});

Deno.test("the root may itself be a link, and be moved while the server runs", async () => {
  using site = tree();
  const current = `${site.root}-current`;
  Deno.symlinkSync(site.root, current);
  const handler = createHandler({ root: current, log: false });
  const get = async (path: string) =>
    await (await handler(new Request(`http://localhost${path}`))).text();
  assertEquals(await get("/a.txt"), "public");
  Deno.removeSync(current);
  Deno.symlinkSync(site.outside, current);
  assertEquals(await get("/s.txt"), "SECRET");
});

Deno.test("race: a file that becomes a link out of the root between check and open is not sent", async () => {
  for (const what of ["leaf", "parent"]) {
    using site = tree();
    const { root, outside } = site;
    const disk = currentRuntime().files;
    const files = {
      ...disk,
      open: (path: string) => {
        if (what === "leaf") {
          Deno.removeSync(`${root}/d/b.txt`);
          Deno.symlinkSync(`${outside}/s.txt`, `${root}/d/b.txt`);
        } else {
          Deno.removeSync(`${root}/d`, { recursive: true });
          Deno.renameSync(`${outside}/s.txt`, `${outside}/b.txt`);
          Deno.symlinkSync(outside, `${root}/d`);
        }
        files.open = disk.open;
        return disk.open(path);
      },
    };
    const response = await site.get("/d/b.txt", { files });
    const text = await response.text();
    assert(!text.includes("SECRET"), what);
    assert(response.status >= 400, what);
  }
});

Deno.test("race: a file that becomes a link to a twin with the same size and time is not sent", async () => {
  using site = tree();
  const { root, outside } = site;
  Deno.writeTextFileSync(`${root}/d/b.txt`, "public");
  for (const path of [`${root}/d/b.txt`, `${outside}/s.txt`]) {
    Deno.utimeSync(path, 1000, 1000);
  }
  const disk = currentRuntime().files;
  const files = {
    ...disk,
    open: (path: string) => {
      Deno.removeSync(path);
      Deno.symlinkSync(`${outside}/s.txt`, path);
      files.open = disk.open;
      return disk.open(path);
    },
  };
  const text = await (await site.get("/d/b.txt", { files })).text();
  assert(!text.includes("SECRET"));
});
