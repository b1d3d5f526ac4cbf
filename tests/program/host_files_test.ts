/** `--host-files` with the real program: what it tells, what changes, and where a share is. */
import { assertEquals, assertMatch } from "@std/assert";
import {
  RUNTIMES,
  runToEnd,
  start,
  temporaryDirectory,
} from "../support/program.ts";
import { exchange, request } from "../support/raw.ts";
import { addScript, PERMISSIONS, scriptDirectory } from "../support/scripts.ts";
import { until } from "../support/wait.ts";

const SUMMARY =
  /_redirects: (\d+) rules?, _headers: (\d+) blocks?, as Cloudflare Pages reads them(?:; \d+ ignored)?\n/g;

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: --host-files tells of ignored lines at the start and at each change, once for all threads`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.writeTextFileSync(`${path}/page.html`, "page");
    Deno.writeTextFileSync(`${path}/_redirects`, "/a /b\n/c /d Country=us\n");
    const threads = runtime === "Deno" ? ["--workers", "2"] : [];
    const words = ["0", path, "--host-files=cloudflare", ...threads];
    await using program = await start(runtime, words);
    const first =
      '_redirects:2: Cloudflare Pages rules have the status 200, 301, 302, 303, 307, 308: "Country=us"\n';
    const log = await program.log("_redirects: 1 rule, ");
    assertEquals(
      log,
      `${first}_redirects: 1 rule, _headers: 0 blocks, as Cloudflare Pages reads them; 1 ignored\n`,
    );
    const asked = async (target: string) => {
      const { status, fields } = await request(program.port, target);
      return `${status} ${fields.get("location")} ${fields.get("x-a")}`;
    };
    assertEquals(await asked("/a?q"), "302 /b?q null");
    assertEquals(await asked("/page.html"), "200 null null");
    Deno.writeTextFileSync(`${path}/_headers`, "/page.html\n  X-A: 1\n");
    Deno.writeTextFileSync(`${path}/_redirects`, "/a /c 308\n");
    await until(
      async () => await asked("/page.html") === "200 null 1",
      "the field",
    );
    await until(
      async () => await asked("/a") === "308 /c null",
      "the rule",
    );
    await until(
      async () => {
        await asked("/a");
        return [...program.errors().matchAll(SUMMARY)].at(-1)?.[0].includes(
          "1 rule, _headers: 1 block",
        ) === true;
      },
      "the last line",
    );
  });
}

Deno.test("Deno: --host-files with --share: a path in Location has the secret, which stands in no log", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  Deno.writeTextFileSync(`${path}/page.html`, "page");
  Deno.writeTextFileSync(
    `${path}/_redirects`,
    "/a /page.html\n/p /page.html 200\n",
  );
  const words = ["0", path, "-b127.0.0.1", "--share", "--host-files=netlify"];
  await using program = await start("Deno", words);
  const [, share = ""] = /http:\/\/[^/]+(\/[^/\s]+)\//.exec(program.output()) ??
    [];
  assertMatch(share, /^\/\S{20,}$/);
  const moved = await request(program.port, `${share}/a`);
  assertEquals([moved.status, moved.fields.get("location")], [
    301,
    `${share}/page.html`,
  ]);
  const page = await request(program.port, `${share}/p`);
  assertEquals([page.status, page.text], [200, "page"]);
  assertEquals((await request(program.port, "/a")).status, 404);
  const log = await program.log('"GET /a HTTP/1.1" 404');
  assertEquals(log.includes(share), false);
});

Deno.test("Deno: --host-files with --cgi: a rule leads to a script as if it had been asked for, content included", async () => {
  using directory = scriptDirectory();
  const { path } = directory;
  addScript(
    `${path}/cgi-bin/tell`,
    "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\necho $SCRIPT_NAME $PATH_INFO $QUERY_STRING\ncat\n",
  );
  Deno.writeTextFileSync(
    `${path}/_redirects`,
    "/api/* /cgi-bin/tell/:splat 200\n",
  );
  const words = ["0", path, "--cgi", "--host-files=netlify"];
  await using program = await start("Deno", words, undefined, PERMISSIONS);
  const sent = "Content-Length: 4\r\nConnection: close\r\n\r\nbody";
  const answer = await exchange(
    program.port,
    `POST /api/a/b?q=1 HTTP/1.1\r\nHost: a\r\n${sent}`,
  );
  assertEquals(answer.status, 200);
  assertEquals(answer.text, "/cgi-bin/tell /a/b q=1\nbody");
});

Deno.test("Deno: --host-files names a host", async () => {
  const { code, errors } = await runToEnd("Deno", ["--host-files=vercel"]);
  assertEquals(code, 2);
  assertMatch(errors, /netlify/);
});
