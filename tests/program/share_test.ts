/** `--share` with real clients: what strangers see, what counts, what stands in the log, and how it ends. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { connect } from "node:net";
import { CHROMIUM, findProgram, openBrowser } from "../support/browser.ts";
import {
  type Program,
  PROJECT,
  RUNTIMES,
  runToEnd,
  start,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";
import { addScript, PERMISSIONS, scriptDirectory } from "../support/scripts.ts";
import { get, noise, slowDownload } from "../support/slow.ts";

const CURL = findProgram("curl");
const WGET = findProgram("wget");
const MIB = 1_048_576;
const TOKEN_REGEXP = /\/([2-9a-z]{26})\//;

/** The path of the share, with its slashes. */
function pathOf({ output }: Program): string {
  const [, token] = TOKEN_REGEXP.exec(output()) ?? [];
  assert(token !== undefined, output());
  return `/${token}/`;
}

async function run(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(program, { args, stderr: "null" })
    .output();
  return new TextDecoder().decode(stdout);
}

/** Begins a download, from another address of this machine, and leaves. */
async function interrupt(
  address: string,
  port: number,
  target: string,
): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port, localAddress: address });
  socket.write(get(target));
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
}

/** The lines of those who have taken something, without their times. */
function takesIn({ output }: Program): readonly string[] {
  return output().replaceAll("\xa0", " ").split("\n")
    .filter((line) => /^\d\d:\d\d:\d\d /.test(line))
    .map((line) => line.slice("00:00:00 ".length).replace(/^127.0.0.1 /, ""));
}

for (const runtime of RUNTIMES) {
  Deno.test({
    name:
      `${runtime}: --share counts an interrupted download once (curl -C -, wget -c), finishes what is in flight, and ends`,
    ignore: CURL === undefined || WGET === undefined,
    fn: async () => {
      using directory = temporaryDirectory();
      using target = temporaryDirectory();
      const content = noise(24 * MIB, 1);
      Deno.writeFileSync(`${directory.path}/a.bin`, content);
      Deno.writeTextFileSync(`${directory.path}/ä.txt`, "hello");
      const words = ["0", directory.path, "-b127.0.0.1", "--share-times=4"];
      await using program = await start(runtime, words);
      const { port } = program;
      const path = pathOf(program);
      const file = `${target.path}/a.bin`;
      // What strangers ask for; a listing, HEAD and 304 are no takes.
      const rows: Array<[path: string, status: number, method?: string]> = [
        ["/", 404],
        ["/a.bin", 404],
        [`${path.slice(0, -2)}/`, 404],
        [`/x${path.slice(2)}a.bin`, 404],
        [path, 200],
        [`${path}?format=json`, 200],
        [`${path}a.bin`, 200, "HEAD"],
        [`${path}none`, 404],
      ];
      for (const [path, status, method] of rows) {
        const answer = await request(port, path, {}, method);
        assertEquals(answer.status, status, path);
        assertEquals(answer.fields.get("referrer-policy"), "no-referrer", path);
        assertEquals(answer.fields.get("x-robots-tag"), "noindex", path);
      }
      const url = `http://127.0.0.1:${port}${path}`;
      // Another address is another client.
      const clients = [
        ["127.0.0.2", "curl", "--interface", "-sC-", "-o"],
        ["127.0.0.3", "wget", "--bind-address", "-qcO"],
      ] as const;
      for (const [address, client, from, ...args] of clients) {
        await interrupt(address, port, `${path}a.bin`);
        await program.printed(` ${address} left /a.bin at `);
        Deno.writeFileSync(file, content.subarray(0, 1000));
        const bound = client === "curl"
          ? [from, address]
          : [`${from}=${address}`];
        await run(client, ...bound, ...args, file, `${url}a.bin`);
        assertEquals(Deno.readFileSync(file), content);
        await program.printed(` ${address} took /a.bin, `);
      }
      using slow = await slowDownload(port, `${path}a.bin`);
      await run("curl", "-s", `${url}%C3%A4.txt`, `${url}%C3%A4.txt?download`);
      await program.printed("The share has ended after 4 downloads.\n");
      await program.printed(
        "Waiting for 1 answer in flight; Ctrl-C ends at once.\n",
      );
      assertEquals(await slow.finish(content), {
        length: 24 * MIB,
        same: true,
      });
      const { code } = await program.process.status;
      assertEquals([code, await program.stop()], [0, 0]);
      const takes = takesIn(program).map((line) =>
        line.replace(/at [\d.]+ [KM]?B/, "at …")
      );
      assertEquals(takes, [
        "127.0.0.2 left /a.bin at … of 24 MB",
        "127.0.0.2 took /a.bin, 24 MB (1 of 4)",
        "127.0.0.3 left /a.bin at … of 24 MB",
        "127.0.0.3 took /a.bin, 24 MB (2 of 4)",
        "took /ä.txt, 5 B (3 of 4)",
        "took /ä.txt?download, 5 B (4 of 4)",
        "took /a.bin, 24 MB",
      ]);
      assert(program.errors().includes('"GET /…/a.bin HTTP/1.1" 206'));
      assert(!program.errors().includes(path.slice(1, -1)));
    },
  });

  Deno.test(`${runtime}: --share-for ends by itself, with status 0`, async () => {
    using directory = temporaryDirectory();
    const words = ["0", directory.path, "-b127.0.0.1", "--share-for=1s", "-q"];
    const { code, output, errors } = await runToEnd(runtime, words);
    assertEquals([code, errors], [0, ""]);
    assertMatch(output, TOKEN_REGEXP);
    assertMatch(output, / {2}The share ends after 1s\n/);
    assertMatch(output, /\nThe share has ended after 1s\.\n$/);
  });
}

Deno.test({
  name:
    "Deno: --share: a video that Chromium plays and seeks is one take; no Referer has the path",
  ignore: CHROMIUM === undefined,
  fn: async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.copyFileSync(`${PROJECT}tests/fixtures/video.webm`, `${path}/v.webm`);
    Deno.writeTextFileSync(
      `${path}/README.md`,
      "[page](page.html)",
    );
    Deno.writeTextFileSync(
      `${path}/page.html`,
      "<!DOCTYPE html><video src=v.webm muted></video><img src=/elsewhere>",
    );
    const format = "%U referer=%{Referer}i";
    const words = ["0", path, "-b127.0.0.1", "--share", "--log-format", format];
    await using program = await start("Deno", words);
    await using browser = await openBrowser();
    await using page = await browser.newPage();
    await page.goto(`${program.url}${pathOf(program)}`);
    await page.click('a[href="page.html"]');
    await page.evaluate(`(async () => {
      const video = document.querySelector("video");
      await video.play();
      for (const time of [7, 1, 5]) {
        video.currentTime = time;
        await new Promise((resolve) => video.onseeked = resolve);
      }
    })()`);
    await program.printed(" took /v.webm, ");
    const log = await program.log("/elsewhere");
    const lines = log.trim().split("\n");
    assert(lines.length > 3, log);
    for (const line of lines) assert(line.endsWith(" referer=-"), line);
    assertEquals(await program.stop(), 0);
    const takes = takesIn(program).filter((line) => line.includes("v.webm"));
    assertEquals(takes, ["took /v.webm, 25 KB"]);
  },
});

Deno.test({
  name:
    "Deno: --share with HTTPS, a password, scripts, uploads, a prefix and a log file: nothing has the secret but the first lines",
  ignore: CURL === undefined,
  fn: async () => {
    using directory = scriptDirectory();
    using logs = temporaryDirectory();
    const { path } = directory;
    Deno.writeTextFileSync(`${path}/a.txt`, "a");
    addScript(
      `${path}/cgi-bin/say`,
      '#!/bin/sh\necho "at $REQUEST_URI $SCRIPT_NAME" >&2\nprintf "Content-Type: text/plain\\n\\n%s" "$SCRIPT_NAME"\n',
    );
    addScript(
      `${path}/cgi-bin/fails`,
      "#!/bin/sh\necho $SCRIPT_NAME\nexit 1\n",
    );
    const flags = "--share --tls-self-signed --cgi --upload --url-root /top";
    const log = `${logs.path}/log`;
    const words = [
      "0",
      path,
      "-b127.0.0.1",
      ...flags.split(" "),
      "--basic-auth=ada:secret",
      `--log-file=${log}`,
    ];
    const permissions = [
      ...PERMISSIONS,
      `--allow-write=${log},${path}`,
      "--allow-sys",
    ];
    await using program = await start("Deno", words, undefined, permissions);
    const secret = pathOf(program);
    const url = `https://127.0.0.1:${program.port}/top${secret}`;
    const get = (user: string, url: string) =>
      run("curl", "-sku", user, "-w", " %{http_code}", "-o-", url);
    assertEquals(await get("ada:secret", `${url}a.txt`), "a 200");
    assertEquals(
      await get("ada:secret", `${url}cgi-bin/say`),
      `/top${secret}cgi-bin/say 200`,
    );
    for (const name of ["cgi-bin/fails", "cgi-bin/none", "none"]) {
      assertMatch(await get("ada:secret", url + name), / (?:404|502|500)$/);
    }
    // A form's Origin is `null` below a page with no-referrer.
    const form = [
      "-F",
      "file=@/etc/hostname;filename=x.txt",
      "-H",
      "Origin: null",
    ];
    const sent = await run("curl", "-sku", "ada:secret", ...form, url);
    assert(sent.includes(`/top${secret}x.txt`), sent);
    // Who has no password learns nothing of the path.
    const right = await get("ada:wrong", `${url}a.txt`);
    const wrong = await get("ada:wrong", `${url.replace(secret, "/x/")}a.txt`);
    assertEquals(right, wrong);
    assertMatch(right, / 401$/);
    await program.printed("ada (127.0.0.1) took /a.txt, ");
    assertEquals(await program.stop(), 0);
    const text = Deno.readTextFileSync(log) + program.errors();
    assertMatch(text, /at \/top\/…\/cgi-bin\/say \/top\/…\/cgi-bin\/say/);
    assertMatch(text, /No such CGI script \('\/top\/…\/cgi-bin\/none'\)/);
    assert(!text.includes(secret.slice(1, -1)), text);
    const start_ = program.output().indexOf("The share ends with");
    assert(!program.output().slice(start_).includes(secret.slice(1, -1)));
  },
});

Deno.test("Deno: --share of one file, and over a unix socket", async () => {
  using directory = temporaryDirectory();
  const socket = `${directory.path}/socket`;
  const file = `${directory.path}/report.txt`;
  Deno.writeTextFileSync(file, "all is well");
  {
    const words = ["0", file, "-b127.0.0.1", "--share-times=1"];
    await using program = await start("Deno", words);
    const path = pathOf(program);
    assert(program.output().includes(`${program.url}${path}report.txt) ...`));
    const moved = await request(program.port, path);
    assertEquals(moved.fields.get("location"), `${path}report.txt`);
    const { text } = await request(program.port, `${path}report.txt`);
    assertEquals(text, "all is well");
    assertEquals((await program.process.status).code, 0);
  }
  const words = [directory.path, `-bunix:${socket}`, "--share"];
  const permissions = ["--allow-net", "--allow-read=/", "--allow-write"];
  await using program = await start("Deno", words, undefined, permissions);
  await program.printed("The path of the share is /");
  const path = pathOf(program);
  const statuses = [];
  for (const target of [`${path}report.txt`, "/report.txt"]) {
    statuses.push((await request(socket, target)).status);
  }
  assertEquals(statuses, [200, 404]);
  await program.printed(" unix took /report.txt, ");
});
