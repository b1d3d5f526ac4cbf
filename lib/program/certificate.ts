/**
 * The keys for TLS: from files, or a self-signed certificate that is made here.
 *
 * @module
 */

import { readAddress } from "../http/address.ts";
import type { Runtime, TextResult } from "../ports/runtime.ts";
import type { KeyPair } from "../ports/sockets.ts";
import type { HttpsSettings, KeyFiles } from "./settings.ts";

/** Keys, or why there are none. */
export type LoadedKeys =
  | {
    readonly kind: "keys";
    readonly pair: KeyPair;
    /** Whether people must compare the fingerprint. */
    readonly isSelfSigned: boolean;
    /** What the user should know, in lines. */
    readonly notices: readonly string[];
  }
  | {
    readonly kind: "failed";
    /** Whether the command line is wrong, rather than a file. */
    readonly misused: boolean;
    readonly message: string;
  };

/** Keys that can be used. */
export type UsableKeys = Extract<LoadedKeys, { kind: "keys" }>;

/** Gets the keys, at the start and when they may have changed; never rejects for what is in files. */
export type LoadKeys = () => Promise<LoadedKeys>;

type Port = Pick<
  Runtime,
  "addresses" | "files" | "hostName" | "readKeyPair" | "readText" | "version"
>;

type ReadText = (path: string) => Promise<TextResult>;

/** A self-signed certificate is replaced in the last month of its validity. */
const RENEW_MS = 30 * 86_400_000;

/** Makes the function that gets the keys. */
export function keyLoader(
  { source }: HttpsSettings,
  runtime: Port,
): LoadKeys {
  return source === "self-signed"
    ? selfSignedLoader(runtime)
    : fileLoader(source, runtime);
}

/** The files that change when the keys change, each once. */
export function keyFiles({ source }: HttpsSettings): readonly string[] {
  return source === "self-signed"
    ? []
    : [...new Set([source.cert, source.key])];
}

/** Gives the same certificate for as long as possible: people have compared its fingerprint. */
function selfSignedLoader(runtime: Port): LoadKeys {
  let last: LoadedKeys | undefined;
  return async () => {
    const now = Date.now();
    if (last?.kind === "keys" && last.pair.validTo - now > RENEW_MS) {
      return last;
    }
    const hostName = runtime.hostName();
    const addresses = runtime.addresses();
    const pem = await createSelfSigned([
      ...hostName === undefined ? [] : [hostName],
      ...addresses ?? [],
    ], now);
    const result = runtime.readKeyPair({ ...pem, password: undefined });
    if (result.kind !== "keys") {
      throw new Error(`Made a certificate that is no good: ${result.kind}`);
    }
    const notices = missingNames(hostName, addresses);
    return last = { ...result, isSelfSigned: true, notices };
  };
}

function missingNames(
  hostName: string | undefined,
  addresses: readonly string[] | undefined,
): readonly string[] {
  const missing = [
    ...hostName === undefined ? [["name", "hostname"]] : [],
    ...addresses === undefined ? [["addresses", "networkInterfaces"]] : [],
  ];
  if (missing.length === 0) return [];
  const names = missing.map(([name]) => name).join(" and ");
  const kinds = missing.map(([, kind]) => kind).join(",");
  return [
    `The certificate lacks this machine's ${names}; start with --allow-sys=${kinds}`,
  ];
}

function fileLoader(
  source: KeyFiles,
  runtime: Port,
): LoadKeys {
  const readText = memoizePipes(runtime);
  return async () => {
    const path = source.passwordFile;
    const read = path === undefined ? undefined : await readText(path);
    if (read?.kind === "failed") {
      const message =
        `Failed to read TLS password file: "${path}": ${read.message}`;
      return { kind: "failed", misused: true, message };
    }
    return await loadFiles(source, read?.text.trim(), readText, runtime);
  };
}

/**
 * A pipe (`<(program)`) can be read once, and waiting for more would block the whole program:
 * the text of what is no regular file is cached.
 */
function memoizePipes({ files, readText }: Port): ReadText {
  const texts = new Map<string, TextResult>();
  return async (path) => {
    const cached = texts.get(path);
    if (cached !== undefined) return cached;
    const stat = await files.stat(path);
    const read = readText(path);
    if (stat?.kind !== "file" && read.kind === "text") texts.set(path, read);
    return read;
  };
}

async function loadFiles(
  source: KeyFiles,
  password: string | undefined,
  readText: ReadText,
  { readKeyPair, version }: Port,
): Promise<LoadedKeys> {
  const cert = await readText(source.cert);
  if (cert.kind === "failed") {
    return failed(`cannot read certificate "${source.cert}": ${cert.message}`);
  }
  const key = source.key === source.cert ? cert : await readText(source.key);
  if (key.kind === "failed") {
    return failed(`cannot read key "${source.key}": ${key.message}`);
  }
  const result = readKeyPair({ cert: cert.text, key: key.text, password });
  if (result.kind !== "keys") {
    return failed(explainKeys(result.kind, source, version));
  }
  const message = explainTime(result.pair, Date.now());
  return message === undefined
    ? { ...result, isSelfSigned: false, notices: [] }
    : failed(`the certificate in "${source.cert}" ${message}`);
}

function failed(message: string): LoadedKeys {
  return { kind: "failed", misused: false, message };
}

function explainKeys(
  kind: Exclude<ReturnType<Runtime["readKeyPair"]>["kind"], "keys">,
  { cert, key }: KeyFiles,
  version: string,
): string {
  switch (kind) {
    case "no-certificate":
      return `there is no certificate in "${cert}"; it must be PEM`;
    case "bad-certificate":
      return `a certificate in "${cert}" is damaged`;
    case "no-key":
      return key === cert
        ? `there is no private key in "${key}"; name its file by --tls-key`
        : `there is no private key in "${key}"; it must be PEM`;
    case "bad-key":
      return `the private key in "${key}" is damaged, or of a kind that ${version} cannot read`;
    case "encrypted":
      return `the private key in "${key}" is encrypted; give its password by --tls-password-file`;
    case "wrong-password":
      return `cannot decrypt the private key in "${key}": the password is wrong`;
    case "undecipherable":
      return `cannot decrypt the private key in "${key}": the password is wrong, or ${version} does not know the encryption`;
    case "mismatch":
      return `the private key in "${key}" does not match the certificate in "${cert}"`;
  }
}

/** Why a certificate is not valid at a time, as the rest of a sentence, or `undefined`. */
export function explainTime(
  { validFrom, validTo }: Pick<KeyPair, "validFrom" | "validTo">,
  now: number,
): string | undefined {
  if (now > validTo) return `expired on ${formatDate(validTo)}`;
  if (now < validFrom) return `is not valid before ${formatDate(validFrom)}`;
  return undefined;
}

function formatDate(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

const DAY_MS = 86_400_000;
/** Clocks of clients may be behind ours. */
const BACKDATE_MS = DAY_MS;
const VALIDITY_MS = 90 * DAY_MS;
const ALWAYS: readonly string[] = ["localhost", "127.0.0.1", "::1"];
/** The names that a certificate can have; other host names exist, but no URL has them. */
const NAME_REGEXP = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i;

/** A name of a certificate. */
interface AlternativeName {
  readonly type: "dns" | "ip";
  readonly value: string;
}

/** Makes a certificate (RFC 5280) for ECDSA with P-256, valid from yesterday on for 90 days. */
async function createSelfSigned(
  names: readonly string[],
  now: number,
): Promise<{ readonly cert: string; readonly key: string }> {
  // Lazy imports: only a self-signed certificate waits for them. The second needs the first.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost, O=serve",
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(now + VALIDITY_MS),
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(alternativeNames(names)),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    cert: certificate.toString("pem"),
    key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
  };
}

/** The names of a certificate (RFC 5280 §4.2.1.6): localhost and others, each once, without zones. */
export function alternativeNames(
  names: readonly string[],
): AlternativeName[] {
  const all = [...ALWAYS, ...names].map((name) => name.replace(/%.*$/, ""));
  return [...new Set(all)].flatMap((value): AlternativeName[] => {
    if (readAddress(value) !== undefined) return [{ type: "ip", value }];
    return NAME_REGEXP.test(value) ? [{ type: "dns", value }] : [];
  });
}
