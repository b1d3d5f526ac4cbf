import { assert, assertEquals, assertMatch } from "@std/assert";
import type { KeyPairResult } from "../../lib/ports/sockets.ts";
import { readKeyPair } from "../../lib/runtime/certificates.ts";
import {
  EC,
  exportKey,
  makeCertificate,
  RSA,
} from "../support/certificates.ts";

const ec = await makeCertificate();
const rsa = await makeCertificate({ algorithm: RSA });
const PASSWORD = "correct horse";

function read(cert: string, key: string, password?: string): KeyPairResult {
  return readKeyPair({ cert, key, password });
}

Deno.test("readKeyPair() reads keys of every kind, and gives PKCS#8", () => {
  const rows: Array<[string, typeof ec, string, string?]> = [
    ["EC, PKCS#8", ec, ec.key],
    ["EC, SEC 1", ec, exportKey(ec.key, "sec1")],
    ["RSA, PKCS#8", rsa, rsa.key],
    ["RSA, PKCS#1", rsa, exportKey(rsa.key, "pkcs1")],
    [
      "EC, encrypted PKCS#8",
      ec,
      exportKey(ec.key, "pkcs8", PASSWORD),
      PASSWORD,
    ],
    ["EC, encrypted SEC 1", ec, exportKey(ec.key, "sec1", PASSWORD), PASSWORD],
    [
      "RSA, encrypted PKCS#8",
      rsa,
      exportKey(rsa.key, "pkcs8", PASSWORD),
      PASSWORD,
    ],
    [
      "RSA, encrypted PKCS#1",
      rsa,
      exportKey(rsa.key, "pkcs1", PASSWORD),
      PASSWORD,
    ],
    ["a password that is not needed", ec, ec.key, PASSWORD],
  ];
  for (const [what, { cert, key: pkcs8 }, key, password] of rows) {
    const result = read(cert, key, password);
    assert(result.kind === "keys", `${what}: ${result.kind}`);
    const { pair } = result;
    assertEquals(pair.keys.key.trim(), exportKey(pkcs8, "pkcs8").trim(), what);
    assertMatch(pair.keys.key, /^-----BEGIN PRIVATE KEY-----/);
  }
});

Deno.test("readKeyPair() tells what a certificate says", async () => {
  const made = await makeCertificate({ algorithm: EC, from: -5000 });
  const result = read(made.cert, made.key);
  assert(result.kind === "keys");
  const { pair } = result;
  const der = Uint8Array.fromBase64(made.cert.replaceAll(/-----.*/g, ""));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
  assertEquals(
    pair.fingerprint.replaceAll(":", "").toLowerCase(),
    digest.toHex(),
  );
  assertMatch(pair.fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assertMatch(pair.names, /localhost/);
  assert(Math.abs(Date.now() - pair.validFrom) < 60_000);
  assertEquals(Math.round((pair.validTo - pair.validFrom) / 1000), 3605);
});

Deno.test("readKeyPair() finds both in one text, among other text", () => {
  const all = `Bag Attributes\n${exportKey(ec.key, "sec1")}\nsubject=CN = x\n` +
    `${ec.cert}\n# a comment\n${rsa.cert}\n`.replaceAll("\n", "\r\n");
  const result = read(all, all);
  assert(result.kind === "keys", result.kind);
  const { cert } = result.pair.keys;
  assertEquals(cert.match(/BEGIN CERTIFICATE/g)?.length, 2);
  assertEquals(cert.includes("subject"), false);
});

Deno.test("readKeyPair() says what is wrong", () => {
  const encrypted = exportKey(ec.key, "pkcs8", PASSWORD);
  const legacy = exportKey(rsa.key, "pkcs1", PASSWORD);
  const broken = (pem: string) =>
    pem.replace(/\n[^]+\n-----END/, "\nAAAA\n-----END");
  const rows: Array<[KeyPairResult["kind"], string, string, string?]> = [
    ["no-certificate", "", ec.key],
    ["no-certificate", ec.key, ec.key],
    ["no-certificate", "\x30\x82", ec.key],
    ["bad-certificate", broken(ec.cert), ec.key],
    ["bad-certificate", `${ec.cert}\n${broken(ec.cert)}`, ec.key],
    ["no-key", ec.cert, ""],
    ["no-key", ec.cert, ec.cert],
    ["bad-key", ec.cert, broken(ec.key)],
    ["bad-key", ec.cert, broken(ec.key), PASSWORD],
    ["encrypted", ec.cert, encrypted],
    ["encrypted", rsa.cert, legacy],
    ["mismatch", ec.cert, rsa.key],
    ["mismatch", rsa.cert, ec.key],
    ["mismatch", ec.cert, legacy, PASSWORD],
    ["undecipherable", ec.cert, broken(encrypted), PASSWORD],
  ];
  for (const [kind, cert, key, password] of rows) {
    assertEquals(read(cert, key, password).kind, kind);
  }
  for (const wrong of ["wrong", "", `${PASSWORD} `]) {
    // One wrong password in 256 makes padding that looks right.
    const kinds: string[] = ["wrong-password", "undecipherable"];
    assert(kinds.includes(read(ec.cert, encrypted, wrong).kind), wrong);
    assert(kinds.includes(read(rsa.cert, legacy, wrong).kind), wrong);
  }
});
