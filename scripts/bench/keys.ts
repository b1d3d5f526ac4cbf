/**
 * A certificate for this machine, which vouches for itself.
 *
 * @module
 */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** Where certificate and key are. */
export interface KeyFiles {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;

/**
 * Makes them, when they are not there.
 *
 * @param base A directory for this run.
 * @returns The paths.
 */
export async function makeKeys(base: string): Promise<KeyFiles> {
  const files = { cert: `${base}/cert.pem`, key: `${base}/key.pem` };
  const there = await Deno.stat(files.key).then(() => true, () => false);
  if (there) return files;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
  const keys = await crypto.subtle.generateKey(
    algorithm,
    true,
    ["sign", "verify"],
  );
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    signingAlgorithm: { ...algorithm, hash: "SHA-256" },
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
      ]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  await Deno.writeTextFile(files.cert, certificate.toString("pem"));
  const key = x509.PemConverter.encode(pkcs8, "PRIVATE KEY");
  await Deno.writeTextFile(files.key, key);
  return files;
}
