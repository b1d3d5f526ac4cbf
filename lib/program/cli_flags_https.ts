/**
 * The flags of TLS.
 *
 * @module
 */

import type { Flag } from "./flag.ts";

/** The rows. */
export const HTTPS_FLAGS = [
  {
    name: "tls-cert",
    values: ["FILE"],
    group: "HTTPS",
    help: "certificate chain in PEM; serves HTTPS",
  },
  {
    name: "tls-key",
    values: ["FILE"],
    group: "HTTPS",
    help: "its private key; default: in --tls-cert",
  },
  {
    name: "tls-password-file",
    values: ["FILE"],
    group: "HTTPS",
    help: "file with the password of the key",
  },
  {
    name: "tls-self-signed",
    values: [],
    everyday: true,
    group: "HTTPS",
    help: "make a certificate for this run",
  },
  {
    name: "redirect-http",
    values: ["PORT"],
    group: "HTTPS",
    help: "send those who come to PORT by HTTP to HTTPS",
  },
] as const satisfies readonly Flag[];
