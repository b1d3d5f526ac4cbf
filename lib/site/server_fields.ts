/**
 * The fields of every answer, whatever it is.
 *
 * @module
 */

import { checkedField, type Fields } from "../http/field.ts";
import type { SiteOptions } from "./options.ts";

/** What makes a page `crossOriginIsolated` (HTML, "cross-origin isolation"). */
const ISOLATION_FIELDS: Fields = [
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cross-Origin-Embedder-Policy", "require-corp"],
  ["Cross-Origin-Resource-Policy", "cross-origin"],
];

/**
 * The fields of every answer.
 *
 * @param options What the user says.
 * @param software The value of Server where they say nothing.
 * @returns The fields.
 * @throws {TypeError} When one of them cannot be sent.
 */
export function toServerFields(
  { serverVersion, isolate = false, protocol = "HTTP/1.1" }: SiteOptions,
  software: string | false,
): Fields {
  const server = serverVersion ?? software;
  if (protocol !== "HTTP/1.0" && protocol !== "HTTP/1.1") {
    throw new TypeError(
      `Cannot speak "${protocol}": expected HTTP/1.0 or HTTP/1.1`,
    );
  }
  return [
    ...protocol === "HTTP/1.0" ? [["Connection", "close"] as const] : [],
    ...server === false ? [] : [checkedField("Server", server)],
    // A browser must not take for a script what is none.
    ["X-Content-Type-Options", "nosniff"],
    ...isolate ? ISOLATION_FIELDS : [],
  ];
}
