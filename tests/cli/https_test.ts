import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  alternativeNames,
  explainTime,
  keyFiles,
  keyLoader,
} from "../../lib/program/certificate.ts";
import { parseCommandLine } from "../support/command_line.ts";
import type { Settings } from "../../lib/program/settings.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import type { Runtime } from "../../main.ts";
import { exportKey, makeCertificate } from "../support/certificates.ts";
import { filesOf } from "../support/site.ts";

function httpsOf(...words: string[]): Settings["https"] | string {
  const line = parseCommandLine(words);
  if (line.kind === "invalid") return line.message;
  return line.kind === "serve" ? line.settings.https : line.kind;
}

Deno.test("the flags of TLS", () => {
  const rows: Array<[string, ReturnType<typeof httpsOf>]> = [
    ["", undefined],
    ["--tls-cert c", {
      source: { cert: "c", key: "c", passwordFile: undefined },
      redirectPort: undefined,
    }],
    ["--tls-key k --tls-cert=c --tls-password-file p --redirect-http 80", {
      source: { cert: "c", key: "k", passwordFile: "p" },
      redirectPort: 80,
    }],
    ["--tls-self-signed --redirect-http 0", {
      source: "self-signed",
      redirectPort: 0,
    }],
    ["--tls-self-signed --redirect-http 65535", {
      source: "self-signed",
      redirectPort: 65_535,
    }],
    ["--tls-key k", "--tls-key requires --tls-cert to be set"],
    [
      "--tls-key k --tls-self-signed",
      "--tls-key requires --tls-cert to be set",
    ],
    [
      "--tls-password-file p",
      "--tls-password-file requires --tls-cert to be set",
    ],
    [
      "--tls-cert c --tls-self-signed",
      "--tls-self-signed and --tls-cert exclude each other",
    ],
    [
      "--redirect-http 80",
      "--redirect-http requires --tls-cert or --tls-self-signed to be set",
    ],
    ...["65536", "x", "-1", "1.5"].map((
      port,
    ): [string, string] => [
      `--tls-self-signed --redirect-http ${port}`,
      `--redirect-http needs 0 to 65535, not "${port}"`,
    ]),
    ["--tls-cert=", "--tls-cert needs a value"],
    ["--tls-self-signed=x", "--tls-self-signed takes no value"],
  ];
  for (const [words, expected] of rows) {
    const list = words.split(" ").filter((word) => word !== "");
    assertEquals(httpsOf(...list), expected, words);
  }
});

Deno.test("keyFiles() has what is to be watched", () => {
  const rows: Array<[string[], string[]]> = [
    [["--tls-self-signed"], []],
    [["--tls-cert", "c"], ["c"]],
    [["--tls-cert", "c", "--tls-key", "k"], ["c", "k"]],
  ];
  for (const [words, files] of rows) {
    const https = httpsOf(...words);
    assert(typeof https === "object");
    assertEquals(keyFiles(https), files);
  }
});

Deno.test("explainTime() says when a certificate is not valid", () => {
  const validFrom = Date.UTC(2026, 0, 2, 3, 4, 5);
  const validTo = Date.UTC(2026, 1, 2, 3, 4, 5);
  const rows: Array<[number, string | undefined]> = [
    [validFrom - 1, "is not valid before 2026-01-02 03:04 UTC"],
    [validFrom, undefined],
    [validTo, undefined],
    [validTo + 1, "expired on 2026-02-02 03:04 UTC"],
  ];
  for (const [now, expected] of rows) {
    assertEquals(explainTime({ validFrom, validTo }, now), expected);
  }
});

Deno.test("alternativeNames() are names and addresses, each once", () => {
  const names = [
    "vm",
    "192.0.2.7",
    "::1",
    "fe80::1%eth0",
    "my mac",
    "日本",
    "",
  ];
  const always = [
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
    { type: "ip", value: "::1" },
  ];
  assertEquals(alternativeNames(names), [
    ...always,
    { type: "dns", value: "vm" },
    { type: "ip", value: "192.0.2.7" },
    { type: "ip", value: "fe80::1" },
  ]);
  assertEquals(alternativeNames(["localhost", "127.0.0.1"]), always);
});

Deno.test("keyLoader() makes a certificate once, and says what it lacks", async () => {
  const https = httpsOf("--tls-self-signed");
  assert(typeof https === "object");
  const load = async (changes: Partial<Runtime>) => {
    const loader = keyLoader(https, { ...currentRuntime(), ...changes });
    const first = await loader();
    assert(first.kind === "keys" && first.isSelfSigned);
    assertEquals(await loader(), first);
    assertEquals(explainTime(first.pair, Date.now()), undefined);
    return first;
  };
  const whole = await load({
    hostName: () => "vm",
    addresses: () => ["192.0.2.7"],
  });
  assertEquals(whole.notices, []);
  for (const name of ["localhost", "127.0.0.1", "::1", "vm", "192.0.2.7"]) {
    assert(whole.pair.names.includes(name), name);
  }
  const rows: Array<[Partial<Runtime>, string]> = [
    [
      { hostName: () => undefined, addresses: () => undefined },
      "The certificate lacks this machine's name and addresses; start with --allow-sys=hostname,networkInterfaces",
    ],
    [
      { hostName: () => undefined, addresses: () => [] },
      "The certificate lacks this machine's name; start with --allow-sys=hostname",
    ],
  ];
  for (const [changes, notice] of rows) {
    assertEquals((await load(changes)).notices, [notice]);
  }
});

Deno.test("keyLoader() reads files anew, but what comes by a pipe once", async () => {
  const made = await makeCertificate();
  const other = await makeCertificate();
  const encrypt = (key: string) => exportKey(key, "pkcs8", "secret");
  const texts: Record<string, string> = {
    c: made.cert,
    k: encrypt(made.key),
    p: " secret\n",
  };
  let pipes = ["p"];
  let reads: string[] = [];
  const runtime: Runtime = {
    ...currentRuntime(),
    files: {
      ...filesOf({}),
      stat: (path) => ({
        kind: pipes.includes(path) ? "other" : "file",
        size: 0,
        mtime: undefined,
      }),
    },
    readText: (path) => {
      const text = texts[path];
      reads.push(path);
      return text === undefined
        ? { kind: "failed", message: "gone" }
        : { kind: "text", text };
    },
  };
  const https = httpsOf(
    ...["--tls-cert", "c", "--tls-key", "k", "--tls-password-file", "p"],
  );
  assert(typeof https === "object");
  const load = keyLoader(https, runtime);
  const first = await load();
  assert(first.kind === "keys");
  Object.assign(texts, { c: other.cert, k: encrypt(other.key) });
  const second = await load();
  assert(second.kind === "keys" && !second.isSelfSigned);
  assert(second.pair.fingerprint !== first.pair.fingerprint);
  assertEquals(reads.join(""), "pckck");
  delete texts.k;
  const third = await load();
  assert(third.kind === "failed" && !third.misused);
  assertMatch(third.message, /^cannot read key "k": gone$/);
  texts.k = encrypt(other.key);
  for (const kinds of [[], ["c", "k"]]) {
    pipes = kinds;
    reads = [];
    const again = keyLoader(https, runtime);
    assertEquals([(await again()).kind, (await again()).kind], [
      "keys",
      "keys",
    ]);
    assertEquals(reads.join(""), kinds.length === 0 ? "pckpck" : "pckp");
  }
});
