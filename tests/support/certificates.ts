/** Certificates and keys for tests, made here: not every machine has `openssl`. */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { createPrivateKey } from "node:crypto";

const HOUR_MS = 3_600_000;

export interface Made {
  readonly cert: string;
  /** PKCS#8. */
  readonly key: string;
}

export interface MakeOptions {
  readonly name?: string;
  readonly algorithm?: EcKeyGenParams | RsaHashedKeyGenParams;
  /** In milliseconds from now. */
  readonly from?: number;
  readonly until?: number;
}

export const EC: EcKeyGenParams = { name: "ECDSA", namedCurve: "P-256" };
export const RSA: RsaHashedKeyGenParams = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

/** Makes a certificate for localhost that vouches for itself. */
export async function makeCertificate(
  { name = "localhost", algorithm = EC, from = -HOUR_MS, until = HOUR_MS }:
    MakeOptions = {},
): Promise<Made> {
  const usages: KeyUsage[] = ["sign", "verify"];
  const keys = await crypto.subtle.generateKey(algorithm, true, usages);
  if (!("privateKey" in keys)) throw new Error("no pair");
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(Date.now() + from),
    notAfter: new Date(Date.now() + until),
    signingAlgorithm: { name: algorithm.name, hash: "SHA-256" },
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
        { type: "ip", value: "::1" },
      ]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    cert: certificate.toString("pem"),
    key: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
  };
}

/** The same key in another form, encrypted where there is a password. */
export function exportKey(
  key: string,
  type: "pkcs1" | "pkcs8" | "sec1",
  password?: string,
): string {
  const object = createPrivateKey(key);
  const cipher = password === undefined
    ? {}
    : { cipher: "aes-256-cbc", passphrase: password };
  return object.export({ type, format: "pem", ...cipher }).toString();
}
