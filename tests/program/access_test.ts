/** Logging in to the real program, on Deno and on Bun. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import bcrypt from "bcryptjs";
import {
  type Program,
  runToEnd,
  start,
  startDenoServe,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";
import { until } from "../support/wait.ts";

const ALL = ["--allow-all"];
const ECHO = `#!/bin/sh
printf 'Content-Type: text/plain\\n\\n%s|%s|%s|%s|%s|%s' "$AUTH_TYPE" "$REMOTE_USER" \\
  "$REMOTE_ADDR" "$HTTPS" "$REQUEST_SCHEME" "$HTTP_AUTHORIZATION"
`;

function basic(user: string, password: string): Record<string, string> {
  return { Authorization: `Basic ${btoa(`${user}:${password}`)}` };
}

async function status(
  { port }: Program,
  fields: Record<string, string> = {},
  target = "/",
): Promise<number> {
  return (await request(port, target, fields)).status;
}

for (const runtime of SUBJECTS) {
  Deno.test(`${runtime}: --basic-auth: nobody without the password, and the log has no password`, async () => {
    using directory = temporaryDirectory();
    const words = ["--basic-auth", "ada:geheim:1", "--basic-auth=bob:zwei"];
    await using program = await start(runtime, ["0", directory.path, ...words]);
    const refused = await request(program.port, "/none");
    assertEquals(refused.status, 401);
    assertEquals(
      refused.fields.get("www-authenticate"),
      'Basic realm="serve", charset="UTF-8"',
    );
    assertEquals(await status(program, basic("ada", "geheim")), 401);
    assertEquals(await status(program, basic("ada", "geheim:1")), 200);
    assertEquals(await status(program, basic("bob", "zwei")), 200);
    assertEquals(await status(program, basic("bob", "zwei"), "/none"), 404);
    const lines = await program.log('"GET /none HTTP/1.1" 404');
    assertMatch(lines, / - ada \[[^\]]+\] "GET \/ HTTP\/1\.1" 200 /);
    assert(!/geheim|zwei|Z2Vo/.test(lines + program.output()), lines);
  });

  Deno.test(`${runtime}: a warning where passwords are readable, and none on loopback`, async () => {
    using directory = temporaryDirectory();
    const rows: Array<[words: string[], isWarned: boolean]> = [
      [["--basic-auth", "a:b"], true],
      [["--basic-auth", "a:b", "--tls-self-signed"], false],
      [["--basic-auth", "a:b", "-b", "127.0.0.1"], false],
      [["--basic-auth", "a:b", "-b", `unix:${directory.path}/.socket`], false],
      [[], false],
    ];
    for (const [words, isWarned] of rows) {
      const all = ["0", directory.path, ...words];
      await using program = await start(runtime, all, undefined, ALL);
      await program.stop();
      const warned = program.output().includes(
        "Passwords are sent unencrypted",
      );
      assertEquals(warned, isWarned, words.join(" "));
    }
  });

  Deno.test(`${runtime}: --basic-auth-file: bcrypt, read again when it changes`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const file = `${path}/.users`;
    const write = (password: string) => {
      const hash = bcrypt.hashSync(password, 4).replace("$2b$", "$2y$");
      Deno.writeTextFileSync(`${file}.new`, `# us\n\nada:${hash}\n`);
      Deno.renameSync(`${file}.new`, file);
    };
    write("one");
    const words = ["0", path, "--basic-auth-file", file];
    await using program = await start(runtime, words);
    assertEquals(await status(program), 401);
    assertEquals(await status(program, basic("ada", "one")), 200);
    assertEquals(await status(program, basic("ada", "two")), 401);
    assertEquals(await status(program, basic("eve", "one")), 401);
    write("two");
    assertEquals(await status(program, basic("ada", "one")), 401);
    assertEquals(await status(program, basic("ada", "two")), 200);
    Deno.writeTextFileSync(file, "ada:{SHA}x\n");
    assertEquals(await status(program, basic("ada", "two")), 200);
    const lines = await program.log("the users are as before\n");
    assertMatch(
      lines,
      /line 1: only bcrypt hashes are known; make one with htpasswd -B/,
    );
    write("three");
    program.process.kill("SIGHUP"); // read anew, and still there
    assertEquals(await status(program, basic("ada", "three")), 200);
  });

  Deno.test(`${runtime}: a file of users that is none ends the program`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const file = `${path}/.users`;
    const good = `ada:${bcrypt.hashSync("a", 4)}\n`;
    const rows: Array<[text: string | undefined, errors: RegExp]> = [
      [undefined, /there is no such file, or you may not read it\n$/],
      [
        "\nada:$apr1$x$secret\n",
        /line 2: only bcrypt hashes are known; make one with htpasswd -B\n$/,
      ],
      ["", /there are no users in it\n$/],
      [good, /would be served itself; move it out of the directory\n$/],
    ];
    for (const [text, pattern] of rows) {
      if (text !== undefined) Deno.writeTextFileSync(file, text);
      const words = ["0", path, "--basic-auth-file", file];
      if (text === good) Deno.linkSync(file, words[3] = `${path}/users`);
      const { code, errors } = await runToEnd(runtime, words);
      assertEquals(code, 1);
      assertMatch(errors, pattern);
      assert(!errors.includes("secret"));
    }
    const { code, errors } = await runToEnd(runtime, [
      "--basic-auth",
      "secret",
    ]);
    assertEquals(code, 2);
    assertEquals(
      errors,
      "serve: --basic-auth needs USER:PASSWORD; see serve --help\n",
    );
  });

  Deno.test(`${runtime}: scripts are told who has logged in, and from where and how`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.chmodSync(path, 0o755); // for nobody
    Deno.mkdirSync(`${path}/cgi-bin`);
    Deno.writeTextFileSync(`${path}/cgi-bin/x`, ECHO, { mode: 0o755 });
    const rows: Array<
      [words: string[], fields: Record<string, string>, text: string]
    > = [
      [
        ["--basic-auth", "ada:a"],
        basic("ada", "a"),
        "Basic|ada|127.0.0.1||http|",
      ],
      [[], basic("ada", "a"), "||127.0.0.1||http|"],
      [
        ["--trusted-proxy", "loopback"],
        { "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https" },
        "||192.0.2.1|on|https|",
      ],
      [
        [],
        { "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https" },
        "||127.0.0.1||http|",
      ],
    ];
    for (const [more, fields, text] of rows) {
      const words = ["0", path, "--cgi", ...more];
      await using program = await start(runtime, words, undefined, ALL);
      const response = await request(program.port, "/cgi-bin/x", fields);
      assertEquals(response.text, text);
      if (more[0] !== "--basic-auth") continue;
      assertEquals(await status(program, {}, "/cgi-bin/x"), 401);
    }
  });
}

Deno.test("deno serve: lib/program/fetch.ts has the same flags as variables", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  await using program = await startDenoServe(
    ["--port", "0", "-A", "--no-check"],
    {
      SERVE_DIRECTORY: path,
      SERVE_BASIC_AUTH: "ada:a:b\nbob:c",
      SERVE_LOG_FORMAT: "%h %u %>s",
      SERVE_LOG_FILE: `${path}/.log`,
      SERVE_TRUSTED_PROXY: "loopback",
    },
  );
  const { port } = program;
  const fields = { ...basic("ada", "a:b"), "X-Forwarded-For": "192.0.2.1" };
  assertEquals((await request(port, "/", fields)).status, 200);
  assertEquals((await request(port, "/", basic("ada", "a"))).status, 401);
  let log = "";
  await until(() => {
    log = Deno.readTextFileSync(`${path}/.log`);
    return log.includes("401\n");
  });
  assertEquals(log, "192.0.2.1 ada 200\n127.0.0.1 - 401\n");
});

for (const runtime of SUBJECTS) {
  Deno.test(`${runtime}: a key in the directory ends the program, and a log there is told`, async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    Deno.writeTextFileSync(`${path}/key.pem`, "");
    const words = ["0", path, "--tls-cert", `${path}/key.pem`];
    const { code, errors } = await runToEnd(runtime, words);
    assertEquals(code, 1);
    assertMatch(
      errors,
      /^serve: --tls-cert ".*key\.pem" would be served itself; move it out of the directory\n$/,
    );
    const log = ["0", path, "--log-file", `${path}/log`];
    await using program = await start(runtime, log, undefined, ALL);
    await program.printed('/log" is served itself: everybody can read it');
  });
}
