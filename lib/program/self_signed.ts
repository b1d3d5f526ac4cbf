/**
 * A certificate that nobody vouches for: enough to try HTTPS, and to be compared by its
 * fingerprint.
 *
 * @module
 */

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
