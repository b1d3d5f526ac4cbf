/** What Deno itself refuses to the real program once it serves. */

import { assertEquals } from "@std/assert";
import { runToEnd, start, temporaryDirectory } from "../support/program.ts";
import { request } from "../support/raw.ts";

/** A directory to serve, and one beside it. */
function twoDirectories(): { site: string; other: string } & Disposable {
  const directory = temporaryDirectory();
  const [site, other] = ["site", "other"].map((name) => {
    Deno.mkdirSync(`${directory.path}/${name}`);
    Deno.writeTextFileSync(`${directory.path}/${name}/a.txt`, name);
    return `${directory.path}/${name}`;
  });
  if (site === undefined || other === undefined) throw new Error("no path");
  Deno.symlinkSync(`${other}/a.txt`, `${site}/file`);
  Deno.symlinkSync(other, `${site}/directory`);
  return { site, other, [Symbol.dispose]: directory[Symbol.dispose] };
}

Deno.test("Deno: what is not named by --allow-read=DIR is refused by Deno, also with --follow-symlinks", async () => {
  using directories = twoDirectories();
  const { site } = directories;
  const rows: Array<[string, number]> = [
    [`--allow-read=${site}`, 404],
    // The program needs all of these where links may lead anywhere.
    ["--allow-read=/", 200],
    ["--allow-read", 200],
  ];
  for (const [flag, status] of rows) {
    await using program = await start(
      "Deno",
      ["0", "-b", "127.0.0.1", "-q", "--follow-symlinks", "-d", site],
      undefined,
      ["--allow-net", flag],
    );
    const { port } = program;
    assertEquals((await request(port, "/a.txt")).text, "site");
    for (const target of ["/file", "/directory/", "/directory/a.txt"]) {
      const answer = await request(port, target);
      assertEquals(answer.status, status, `${flag} ${target}`);
    }
  }
});

/** The root is resolved at every request, so that only Deno can refuse where it leads. */
Deno.test("Deno: of --allow-read=/ the program keeps what it serves, and Deno refuses the rest", async () => {
  const rows: Array<[string, string[], number]> = [
    ["--allow-read=/", [], 404],
    ["--allow-read=/", ["--workers", "2"], 404],
    ["--allow-read", [], 200],
  ];
  for (const [flag, words, status] of rows) {
    using directories = twoDirectories();
    const { site, other } = directories;
    await using program = await start(
      "Deno",
      ["0", "-b", "127.0.0.1", "-q", "-d", site, ...words],
      undefined,
      ["--allow-net", flag, "--unstable-net"],
    );
    const { port } = program;
    assertEquals((await request(port, "/a.txt")).text, "site");
    Deno.renameSync(site, `${site}.old`);
    Deno.symlinkSync(other, site);
    for (const target of ["/", "/a.txt"]) {
      const answer = await request(port, target);
      assertEquals(answer.status, status, `${flag} ${words} ${target}`);
    }
  }
});

Deno.test("Deno: --upload names the directory that may not be written to, and keeps no other", async () => {
  using directories = twoDirectories();
  const { site, other } = directories;
  const words = ["0", "-b", "127.0.0.1", "-q", "-d", site, "--upload"];
  const least = ["--allow-net", "--allow-read=/"];
  const refused = await runToEnd("Deno", words, {
    permissions: least,
  });
  assertEquals(
    refused.errors,
    `serve: no permission to receive files in "."; start with --allow-write=${site}\n`,
  );
  for (const flag of [`--allow-write=${site}`, "--allow-write=/"]) {
    await using program = await start(
      "Deno",
      words,
      undefined,
      [...least, flag],
    );
    const put = async () => {
      const url = `${program.url}/b.txt`;
      const { status, body } = await fetch(url, { method: "PUT", body: "b" });
      await body?.cancel();
      return status;
    };
    assertEquals(await put(), 201, flag);
    assertEquals(Deno.readTextFileSync(`${site}/b.txt`), "b");
    Deno.removeSync(`${site}/b.txt`);
    Deno.renameSync(site, `${site}.old`);
    Deno.symlinkSync(other, site);
    assertEquals(await put() >= 400, true, flag);
    assertEquals([...Deno.readDirSync(other)].map(({ name }) => name), [
      "a.txt",
    ]);
    Deno.removeSync(site);
    Deno.renameSync(`${site}.old`, site);
  }
});
