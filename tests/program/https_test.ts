/** TLS, the start-up text, --qr and --open of the real program, on Deno and on Bun. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { connect } from "node:tls";
import {
  exportKey,
  type Made,
  makeCertificate,
  RSA,
} from "../support/certificates.ts";
import {
  command,
  type Program,
  runToEnd,
  start,
  type SubjectName,
  SUBJECTS,
  temporaryDirectory,
} from "../support/program.ts";
import { request } from "../support/raw.ts";
import { decodeText } from "../support/qr.ts";

const HOUR_MS = 3_600_000;
const SYSTEM = ["--allow-sys=hostname,networkInterfaces"];
const LEAST = ["--allow-net", "--allow-read"];
/** What opens a browser on the system of the tests. */
const OPENER = Deno.build.os === "darwin" ? "open" : "xdg-open";

/** A request of somebody who trusts just one certificate. */
async function ask(
  { port }: Program,
  cert: string,
  host = "localhost",
): Promise<string> {
  using client = Deno.createHttpClient({ caCerts: [cert] });
  const response = await fetch(`https://${host}:${port}/a`, { client });
  return await response.text();
}

/** The certificate that a server shows, whoever vouches for it. */
function shown(
  port: number,
): Promise<{ pem: string; fingerprint: string; names: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port,
      rejectUnauthorized: false,
    }, () => {
      const { raw, fingerprint256, subjectaltname } = socket
        .getPeerCertificate();
      const base64 = new Uint8Array(raw).toBase64();
      socket.destroy();
      resolve({
        pem:
          `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
        fingerprint: fingerprint256,
        names: subjectaltname ?? "",
      });
    });
    socket.on("error", reject);
  });
}

/** A directory with `a`, and what else is to be in it; `site` in it has `a` alone. */
function directoryWith(files: Record<string, string>) {
  const directory = temporaryDirectory();
  Deno.mkdirSync(`${directory.path}/site`);
  const all = { "a": "secret", "site/a": "secret", ...files };
  for (const [name, text] of Object.entries(all)) {
    Deno.writeTextFileSync(`${directory.path}/${name}`, text);
  }
  return directory;
}

/** Starts the program where other programs are found in one directory only. */
function startIn(
  path: string,
  runtime: SubjectName,
  words: readonly string[],
  permissions: readonly string[],
): Promise<Program> {
  return start(runtime, words, undefined, permissions, { PATH: path });
}

/** Waits until a file is there. */
async function appeared(path: string): Promise<string> {
  for (;;) {
    try {
      return await Deno.readTextFile(path);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** A program in place of what opens a browser; it writes down what it was told. */
function fakeOpener(path: string, rest = ""): void {
  const script = `#!/bin/sh
printf '%s\\n' "$$" "$@" > '${path}/part' && /bin/mv '${path}/part' '${path}/told'
${rest}
`;
  Deno.writeTextFileSync(`${path}/${OPENER}`, script);
  Deno.chmodSync(`${path}/${OPENER}`, 0o755);
}

const ec = await makeCertificate();
const rsa = await makeCertificate({ algorithm: RSA });
const past = await makeCertificate({ from: -2 * HOUR_MS, until: -HOUR_MS });
const future = await makeCertificate({ from: HOUR_MS, until: 2 * HOUR_MS });

for (const runtime of SUBJECTS) {
  Deno.test(`${runtime}: --tls-cert, --tls-key and --tls-password-file serve HTTPS`, async () => {
    const rows: Array<[string, Made, string, string?]> = [
      ["EC", ec, ec.key],
      ["SEC 1", ec, exportKey(ec.key, "sec1")],
      ["RSA", rsa, rsa.key],
      ["PKCS#1", rsa, exportKey(rsa.key, "pkcs1")],
      ["encrypted PKCS#8", ec, exportKey(ec.key, "pkcs8", "päss"), "päss\n"],
      ["encrypted PKCS#1", rsa, exportKey(rsa.key, "pkcs1", "p q"), "  p q"],
      ["encrypted SEC 1", ec, exportKey(ec.key, "sec1", "p"), "p\r\n"],
    ];
    for (const [what, { cert }, key, password] of rows) {
      using files = directoryWith({ cert, key, password: password ?? "" });
      const { path } = files;
      await using program = await start(runtime, [
        ...["0", `${path}/site`, "--tls-cert", `${path}/cert`, "--tls-key"],
        `${path}/key`,
        ...password === undefined
          ? []
          : ["--tls-password-file", `${path}/password`],
      ]);
      assertMatch(
        program.output(),
        /^Serving HTTPS on :: port (\d+) \(https:\/\/\[::\]:\1\/\) \.\.\.\n/,
      );
      assertEquals(program.output().includes("SHA-256"), false);
      assertEquals(await ask(program, cert), "secret", what);
    }
  });

  Deno.test(`${runtime}: a certificate and its key may be in one file`, async () => {
    using files = directoryWith({ pem: `${ec.key}\n${ec.cert}\n` });
    const { path } = files;
    await using program = await start(runtime, [
      ...["0", `${path}/site`, "--tls-cert", `${path}/pem`],
    ]);
    assertEquals(await ask(program, ec.cert), "secret");
  });

  Deno.test(`${runtime}: the password of a key may come by a pipe`, async () => {
    const key = exportKey(ec.key, "pkcs8", "secret");
    using files = directoryWith({ pem: `${ec.cert}\n${key}` });
    const { path } = files;
    await new Deno.Command("mkfifo", { args: [`${path}/pipe`] }).output();
    const started = start(runtime, [
      ...["0", `${path}/site`, "--tls-cert", `${path}/pem`],
      ...["--tls-password-file", `${path}/pipe`],
    ]);
    await Deno.writeTextFile(`${path}/pipe`, "secret\n");
    await using program = await started;
    assertEquals(await ask(program, ec.cert), "secret");
  });

  Deno.test(`${runtime}: what is wrong with keys is told in one line`, async () => {
    const encrypted = exportKey(ec.key, "pkcs8", "right");
    using files = directoryWith({
      cert: ec.cert,
      key: ec.key,
      encrypted,
      legacy: exportKey(ec.key, "sec1", "right"),
      other: rsa.key,
      past: `${past.cert}\n${past.key}`,
      future: `${future.cert}\n${future.key}`,
      damaged: ec.cert.replace(/\n[^]+\n-----END/, "\nAAAA\n-----END"),
      bad: ec.key.replace(/\n[^]+\n-----END/, "\nAAAA\n-----END"),
      wrong: "wrong",
    });
    const { path } = files;
    const rows: Array<[string, number, RegExp]> = [
      ["--tls-key @key", 2, /--tls-key requires --tls-cert to be set/],
      [
        "--tls-password-file @wrong",
        2,
        /--tls-password-file requires --tls-cert to be set/,
      ],
      [
        "--tls-cert @cert --tls-self-signed",
        2,
        /--tls-self-signed and --tls-cert exclude each other/,
      ],
      ["--redirect-http 80", 2, /--redirect-http requires --tls-cert or/],
      [
        "--tls-cert @cert --tls-key @key --tls-password-file @nowhere",
        2,
        /failed to read TLS password file: ".+\/nowhere": there is no such file$/,
      ],
      [
        "--tls-cert @nowhere",
        1,
        /cannot read certificate ".+\/nowhere": there is no such file$/,
      ],
      [
        "--tls-cert @.",
        1,
        /cannot read certificate ".+": it is a directory$/,
      ],
      [
        "--tls-cert @cert --tls-key @nowhere",
        1,
        /cannot read key ".+\/nowhere": there is no such file$/,
      ],
      [
        "--tls-cert @a",
        1,
        /there is no certificate in ".+\/a"; it must be PEM/,
      ],
      ["--tls-cert @damaged", 1, /a certificate in ".+\/damaged" is damaged$/],
      [
        "--tls-cert @cert",
        1,
        /there is no private key in ".+\/cert"; name its file by --tls-key$/,
      ],
      [
        "--tls-cert @cert --tls-key @a",
        1,
        /there is no private key in ".+\/a"; it must be PEM$/,
      ],
      [
        "--tls-cert @cert --tls-key @bad",
        1,
        /the private key in ".+\/bad" is damaged, or/,
      ],
      [
        "--tls-cert @cert --tls-key @encrypted",
        1,
        /key in ".+" is encrypted; give its password by --tls-password-file$/,
      ],
      [
        "--tls-cert @cert --tls-key @encrypted --tls-password-file @wrong",
        1,
        /cannot decrypt the private key in ".+": the password is wrong/,
      ],
      [
        "--tls-cert @cert --tls-key @legacy --tls-password-file @wrong",
        1,
        /cannot decrypt the private key in ".+": the password is wrong/,
      ],
      [
        "--tls-cert @cert --tls-key @other",
        1,
        /key in ".+\/other" does not match the certificate in ".+\/cert"$/,
      ],
      [
        "--tls-cert @past",
        1,
        /certificate in ".+\/past" expired on \d{4}-\d\d-\d\d \d\d:\d\d UTC$/,
      ],
      [
        "--tls-cert @future",
        1,
        /certificate in ".+\/future" is not valid before \d{4}-\d\d-\d\d /,
      ],
    ];
    for (const [words, code, expected] of rows) {
      const finished = await runToEnd(runtime, [
        "0",
        `${path}/site`,
        ...words.replaceAll("@", `${path}/`).split(" "),
      ]);
      assertMatch(finished.errors.trimEnd(), expected, words);
      assertEquals(finished.code, code, words);
      assertEquals(finished.errors.trimEnd().split("\n").length, 1, words);
      assertEquals(finished.output, "", words);
    }
  });

  Deno.test(`${runtime}: --tls-self-signed makes a certificate, and prints its fingerprint`, async () => {
    using files = directoryWith({});
    await using program = await start(
      runtime,
      ["0", files.path, "--tls-self-signed"],
      undefined,
      [...LEAST, ...SYSTEM],
    );
    const { pem, fingerprint, names } = await shown(program.port);
    assertMatch(program.output(), /^Serving HTTPS on :: port /);
    const [first, second] = [fingerprint.slice(0, 48), fingerprint.slice(48)];
    await program.printed(`  SHA-256  ${first}\n           ${second}\n`);
    assertEquals(await ask(program, pem), "secret");
    assertEquals(await ask(program, pem, "127.0.0.1"), "secret");
    assert(names.includes(`DNS:${Deno.hostname()}`), names);
    for (const { address, family } of Deno.networkInterfaces()) {
      if (family === "IPv4") assert(names.includes(address), names);
    }
    await using other = await start(runtime, [
      ...["0", files.path, "--tls-self-signed"],
    ]);
    assert((await shown(other.port)).fingerprint !== fingerprint);
  });

  Deno.test(`${runtime}: --qr shows the address for others`, async () => {
    using files = directoryWith({});
    const own = Deno.networkInterfaces().find(({ address, family }) =>
      family === "IPv4" && !/^(?:127|169\.254)\./.test(address)
    );
    await using program = await start(
      runtime,
      ["0", files.path, "--qr"],
      undefined,
      [...LEAST, ...SYSTEM],
    );
    if (own === undefined) {
      await program.printed("No QR code: only this machine can reach");
    } else {
      assertEquals(await program.stop(), 0);
      const url = `http://${own.address}:${program.port}/`;
      assertEquals(decodeText(program.output()), url);
    }
    await using local = await start(runtime, [
      ...["0", files.path, "--qr", "-b", "127.0.0.1"],
    ]);
    await local.printed("  No QR code: only this machine can reach the server");
  });

  Deno.test(`${runtime}: --open opens the browser, which outlives the program`, async () => {
    using files = directoryWith({});
    const { path } = files;
    fakeOpener(path, "exec /bin/sleep 60");
    const permissions = [...LEAST, `--allow-run=${OPENER}`];
    const words = ["0", path, "--open", "-b", "127.0.0.1"];
    await using program = await startIn(path, runtime, words, permissions);
    const [pid, ...told] = (await appeared(`${path}/told`)).trim().split("\n");
    try {
      assertEquals(told, [`http://127.0.0.1:${program.port}/`]);
      assertEquals(await program.stop(), 0);
      assertEquals(program.errors(), "");
    } finally {
      Deno.kill(Number(pid), "SIGKILL"); // it throws where there is none
    }
  });

  Deno.test(`${runtime}: --open of all addresses opens localhost, by HTTPS with TLS`, async () => {
    using files = directoryWith({});
    const { path } = files;
    fakeOpener(path);
    const permissions = [...LEAST, `--allow-run=${OPENER}`];
    const words = ["0", path, "--open", "--tls-self-signed"];
    await using program = await startIn(path, runtime, words, permissions);
    const [, told] = (await appeared(`${path}/told`)).trim().split("\n");
    assertEquals(told, `https://localhost:${program.port}/`);
  });

  Deno.test(`${runtime}: without a browser the server goes on, and says so in a line`, async () => {
    using none = temporaryDirectory();
    using failing = temporaryDirectory();
    fakeOpener(failing.path, "exit 4");
    const rows: Array<[string, string]> = [
      [none.path, `there is no program "${OPENER}"`],
      [failing.path, `${OPENER} ended with status 4`],
    ];
    for (const [path, reason] of rows) {
      const words = ["0", path, "--open", "-q"];
      const permissions = [...LEAST, "--allow-run"];
      await using program = await startIn(path, runtime, words, permissions);
      const line = `serve: cannot open the browser: ${reason}\n`;
      assertEquals(await program.log(line), line);
      assertEquals((await request(program.port, "/")).status, 200);
    }
  });
}

/** What the program prints at first to a terminal, where there is one to be had. */
async function onTerminal(
  runtime: SubjectName,
  env: Record<string, string>,
): Promise<string> {
  const permissions = [...LEAST, ...SYSTEM, "--allow-env=TERM"];
  const words = [...await command(runtime, permissions), "0"];
  const line = words.map((word) => `'${word}'`).join(" ");
  const child = new Deno.Command("script", {
    args: ["-qec", line, "/dev/null"],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  let text = "";
  let isAsked = false;
  // To the end: who writes to a pipe that nobody reads is ended by that.
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (isAsked || !text.includes("local")) continue;
    isAsked = true;
    await writer.write(new TextEncoder().encode("\x03")); // Ctrl-C
  }
  await child.status;
  await writer.close().catch(() => {});
  return text;
}

const hasScript = Deno.build.os === "linux" &&
  ["/usr/bin/script", "/bin/script"].some((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });

for (const runtime of SUBJECTS) {
  Deno.test({
    name: `${runtime}: there are colours on a terminal that wants them`,
    ignore: !hasScript,
    fn: async () => {
      const rows: Array<[Record<string, string>, boolean]> = [
        [{ NO_COLOR: "", TERM: "xterm" }, true],
        [{ NO_COLOR: "1", TERM: "xterm" }, false],
        [{ NO_COLOR: "", TERM: "dumb" }, false],
      ];
      for (const [env, hasColors] of rows) {
        const text = await onTerminal(runtime, env);
        assertMatch(text, /^Serving HTTP on :: port \d+ \(http/);
        assertEquals(text.includes("\x1b["), hasColors, JSON.stringify(env));
      }
    },
  });
}

Deno.test("Deno: --open without permission names it", async () => {
  await using program = await start("Deno", ["0", ".", "--open"]);
  await program.log(
    `serve: cannot open the browser: no permission; start with --allow-run=${OPENER}\n`,
  );
});

Deno.test("Deno: keys outside of what may be read name the permission", async () => {
  using files = directoryWith({ cert: ec.cert });
  using root = temporaryDirectory();
  const finished = await runToEnd("Deno", [
    ...["0", root.path, "--tls-cert", `${files.path}/cert`],
  ], { permissions: ["--allow-net", `--allow-read=${root.path}`] });
  assertMatch(finished.errors, /no permission; start with --allow-read=\/\n$/);
  assertEquals(finished.code, 1);
});
