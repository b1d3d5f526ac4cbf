/** Clients that reset their connection at once have no address: what is done, counted and logged for them. */

import { assertEquals, assertMatch } from "@std/assert";
import bcrypt from "bcryptjs";
import { askAndReset } from "../support/gone.ts";
import { start, SUBJECTS } from "../support/program.ts";
import { request } from "../support/raw.ts";
import { addScript, PERMISSIONS, scriptDirectory } from "../support/scripts.ts";
import { get } from "../support/slow.ts";
import { until } from "../support/wait.ts";

/** Fewer than a socket lets wait. */
const CLIENTS = 30;

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

for (const subject of SUBJECTS) {
  const name = `${subject}: clients that reset at once`;

  Deno.test(`${name} start no script, and are logged as clients that left, with no address`, async () => {
    using directory = scriptDirectory();
    const { path } = directory;
    const started = `${path}/started`;
    Deno.writeTextFileSync(started, "");
    Deno.chmodSync(started, 0o666);
    addScript(
      `${path}/cgi-bin/count`,
      `#!/bin/sh\necho "$REMOTE_ADDR" >>${started}\nprintf 'Content-Type: a/b\\n\\nx'\n`,
    );
    const words = ["--cgi", "0", path, "-b", "127.0.0.1"];
    await using program = await start(subject, words, undefined, PERMISSIONS);
    await askAndReset(program, Array(CLIENTS).fill(get("/cgi-bin/count")));
    await askAndReset(program, Array(CLIENTS).fill(get("/page.html")));
    const ofScript =
      /^- - - .* "GET \/cgi-bin\/count HTTP\/1\.1" 499 - aborted$/gm;
    const ofFile = /^- - - .* "GET \/page\.html HTTP\/1\.1" 200 \S+ aborted$/gm;
    await until(() => count(program.errors(), ofScript) === CLIENTS);
    await until(() => count(program.errors(), ofFile) === CLIENTS);
    assertEquals(Deno.readTextFileSync(started), "");
    const { status } = await request(program.port, "/cgi-bin/count");
    assertEquals(status, 200);
    assertEquals(Deno.readTextFileSync(started), "127.0.0.1\n");
    await program.log('"GET /cgi-bin/count HTTP/1.1" 200');
    assertEquals(count(program.errors(), /^0\.0\.0\.0/gm), 0);
  });

  Deno.test(`${name} have no password checked, and keep nobody from logging in`, async () => {
    using directory = scriptDirectory();
    const users = `${directory.path}/.users`;
    // A check takes a quarter of a second: 17 would fill the queue for eight.
    Deno.writeTextFileSync(users, `ada:${bcrypt.hashSync("right", 12)}\n`);
    const words = ["0", directory.path, "-b", "127.0.0.1"];
    const all = [...words, "--basic-auth-file", users];
    await using program = await start(subject, all);
    const basic = (password: string) => `Basic ${btoa(`ada:${password}`)}`;
    const messages = Array.from(
      { length: CLIENTS },
      (_, index) =>
        get("/").replace(
          "\r\n\r\n",
          `\r\nAuthorization: ${basic(`wrong ${index}`)}\r\n\r\n`,
        ),
    );
    await askAndReset(program, messages);
    const left = /^- - - .* "GET \/ HTTP\/1\.1" 499 - aborted$/gm;
    await until(() => count(program.errors(), left) === CLIENTS);
    const fields = { Authorization: basic("right") };
    const { status } = await request(program.port, "/", fields);
    assertEquals(status, 200);
    assertMatch(program.errors(), /The client left before its password/);
  });

  Deno.test(`${name} behind a CONNECT do not end the program`, async () => {
    using directory = scriptDirectory();
    const words = ["0", directory.path, "-b", "127.0.0.1"];
    await using program = await start(subject, words);
    const connect = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n";
    await askAndReset(program, Array(CLIENTS).fill(connect));
    const { status } = await request(program.port, "/page.html");
    assertEquals(status, 200);
  });
}
