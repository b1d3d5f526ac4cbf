/**
 * The keys that settings of TLS stand for, from files or made here.
 *
 * A certificate that nobody vouches for: enough to try HTTPS, and to be compared by its
 * fingerprint.
 *
 * @module
 */

import type { Runtime, TextResult } from "../ports/runtime.ts";
import type { KeyPair } from "../ports/sockets.ts";
import type { FileSource, HttpsSettings } from "./https.ts";

/** Keys, or why there are none. */
export type LoadedKeys =
  | {
    readonly kind: "keys";
    /** The keys, and what is to be known of them. */
    readonly pair: KeyPair;
    /** Whether nobody vouches for them but the fingerprint. */
    readonly isSelfSigned: boolean;
    /** What the user should know, in lines. */
    readonly notices: readonly string[];
  }
  | {
    readonly kind: "failed";
    /** Whether the command line was not understood, rather than that it cannot be done. */
    readonly misused: boolean;
    /** Why. */
    readonly message: string;
  };

/** What this needs of a runtime. */
type Port = Pick<
  Runtime,
  "addresses" | "files" | "hostName" | "readKeyPair" | "readText" | "version"
>;

/** Reads a file that the program needs. */
type ReadText = (path: string) => Promise<TextResult>;

/** A certificate made here is made anew, when asked for again, in the last month of its life. */
const RENEW_MS = 30 * 86_400_000;

/**
 * What gets the keys: at the start, and whenever they may be others.
 *
 * @param https What the user wants of TLS.
 * @param runtime The runtime.
 * @returns A function that may be called again; it never rejects for what is in files.
 */
export function keyLoader(
  { source }: HttpsSettings,
  runtime: Port,
): () => Promise<LoadedKeys> {
  return source === "self-signed"
    ? selfSignedLoader(runtime)
    : fileLoader(source, runtime);
}

/** The same certificate for as long as can be: people have compared its fingerprint. */
function selfSignedLoader(runtime: Port): () => Promise<LoadedKeys> {
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
    const notices = missing(hostName, addresses);
    return last = { ...result, isSelfSigned: true, notices };
  };
}

function missing(
  hostName: string | undefined,
  addresses: readonly string[] | undefined,
): readonly string[] {
  const lacks = [
    ...hostName === undefined ? [["name", "hostname"]] : [],
    ...addresses === undefined ? [["addresses", "networkInterfaces"]] : [],
  ];
  if (lacks.length === 0) return [];
  const what = lacks.map(([word]) => word).join(" and ");
  const kinds = lacks.map(([, kind]) => kind).join(",");
  return [
    `The certificate lacks this machine's ${what}; start with --allow-sys=${kinds}`,
  ];
}

function fileLoader(
  source: FileSource,
  runtime: Port,
): () => Promise<LoadedKeys> {
  const readText = keepPipes(runtime);
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
 * What comes by a pipe (`<(program)`) comes once, and waiting for more would block the whole
 * program: what is no regular file is kept.
 */
function keepPipes({ files, readText }: Port): ReadText {
  const kept = new Map<string, TextResult>();
  return async (path) => {
    const known = kept.get(path);
    if (known !== undefined) return known;
    const stat = await files.stat(path);
    const read = readText(path);
    if (stat?.kind !== "file" && read.kind === "text") kept.set(path, read);
    return read;
  };
}

async function loadFiles(
  source: FileSource,
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
  { cert, key }: FileSource,
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

/**
 * Whether a certificate is valid at a time.
 *
 * @param pair The certificate.
 * @param now The time in milliseconds since the epoch.
 * @returns Why it is not, as the rest of a sentence, or `undefined`.
 */
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
/** What a certificate can have as a name; other host names exist, but no URL has them. */
const NAME_REGEXP = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i;
const IPV4_REGEXP = /^\d+(?:\.\d+){3}$/;

/** A certificate and its key. */
export interface Pem {
  /** The certificate. */
  readonly cert: string;
  /** The key as PKCS#8. */
  readonly key: string;
}

/** A name of a certificate. */
export interface AlternativeName {
  /** Whether it is looked up. */
  readonly type: "dns" | "ip";
  /** The name or the address. */
  readonly value: string;
}

/**
 * Makes a certificate (RFC 5280) for ECDSA with P-256, valid from yesterday on for 90 days.
 *
 * @param names Names and addresses of this machine, besides localhost.
 * @param now The time in milliseconds since the epoch.
 * @returns The certificate and its key, in PEM.
 */
export async function createSelfSigned(
  names: readonly string[],
  now: number,
): Promise<Pem> {
  // Only who asks for a certificate waits for the library; it needs the first to be there.
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

/**
 * The names of a certificate (RFC 5280 §4.2.1.6): localhost and others, each once.
 *
 * @param names Names and addresses; a zone (`%eth0`) is this machine's business.
 * @returns The names by their kind.
 */
export function alternativeNames(
  names: readonly string[],
): AlternativeName[] {
  const all = [...ALWAYS, ...names].map((name) => name.replace(/%.*$/, ""));
  return [...new Set(all)].flatMap((value): AlternativeName[] => {
    if (value.includes(":") || IPV4_REGEXP.test(value)) {
      return [{ type: "ip", value }];
    }
    return NAME_REGEXP.test(value) ? [{ type: "dns", value }] : [];
  });
}
