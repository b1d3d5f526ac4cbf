/**
 * Replies: an answer as plain data. Nothing is open yet; `files/send.ts` performs it.
 *
 * @module
 */

import type { Span, Stat } from "../ports.ts";
import { formatHttpDate } from "./date.ts";
import { formatEntityTag } from "./entity_tag.ts";
import type { Field, Fields } from "./field.ts";
import { ALLOW_READ } from "./method.ts";
import type { Validators } from "./precondition.ts";

/** A description of content. */
export type Body =
  | { readonly kind: "none" }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array<ArrayBuffer> }
  | {
    readonly kind: "file";
    /** The real path, free of links. */
    readonly path: string;
    /** What the file was when the reply was decided (decision D1). */
    readonly stat: Stat;
    /** The bytes to send. */
    readonly span: Span;
  };

/** An answer as plain data. */
export interface Reply {
  /** The status code. */
  readonly status: number;
  /** The fields. */
  readonly fields: Fields;
  /** What the content is, also for HEAD, where it is not sent. */
  readonly body: Body;
  /** Words for the log about what went wrong, where something did. */
  readonly message?: string;
  /** What was thrown, where something was. */
  readonly error?: unknown;
}

/** The representation selected for a request (RFC 9110 §3.2). */
export interface Representation {
  /** The fields that describe it, other than its validators and its length (RFC 9110 §8). */
  readonly metadata: Fields;
  /** Its validators. */
  readonly validators: Validators;
  /** Its length in bytes. */
  readonly size: number;
  /** Its data. */
  readonly body: Body;
}

/** The fields of a 200 that a 304 has, too (RFC 9110 §15.4.5); validators are added by themselves. */
const NOT_MODIFIED_FIELDS: readonly string[] = [
  "cache-control",
  "content-location",
  "expires",
  "vary",
];
const NONE: Body = { kind: "none" };

/**
 * The reply that carries a representation as a whole (RFC 9110 §15.3.1).
 *
 * @param representation The selected representation.
 * @param now Milliseconds since the epoch.
 * @returns A 200.
 */
export function wholeReply(
  { metadata, validators, size, body }: Representation,
  now: number,
): Reply {
  const fields: Field[] = [
    ...metadata,
    ["Content-Length", String(size)],
    ...validatorFields(validators, now),
  ];
  return { status: 200, fields, body };
}

/**
 * The reply to a client whose copy is good (RFC 9110 §15.4.5).
 *
 * @param representation The selected representation.
 * @param now Milliseconds since the epoch.
 * @returns A 304.
 */
export function notModifiedReply(
  { metadata, validators }: Representation,
  now: number,
): Reply {
  const fields: Field[] = [
    ...metadata.filter(([name]) =>
      NOT_MODIFIED_FIELDS.includes(name.toLowerCase())
    ),
    ...validatorFields(validators, now),
  ];
  return { status: 304, fields, body: NONE };
}

/** A date in the future is replaced by that of the answer (RFC 9110 §8.8.2.1). */
function validatorFields(
  { entityTag, lastModified }: Validators,
  now: number,
): Field[] {
  const fields: Field[] = [];
  if (lastModified !== undefined) {
    const time = Math.min(lastModified, now);
    fields.push(["Last-Modified", formatHttpDate(time)]);
  }
  if (entityTag !== undefined) {
    fields.push(["ETag", formatEntityTag(entityTag)]);
  }
  return fields;
}

/**
 * The reply that sends a client to another URL for good (RFC 9110 §15.4.2). Without
 * `no-cache` browsers would remember it for ever, also when the directory is gone.
 *
 * @param location The target, as a path that begins with one slash.
 * @returns A 301.
 */
export function movedReply(location: string): Reply {
  const fields: Field[] = [
    ["Location", location],
    ["Cache-Control", "no-cache"],
    ["Content-Length", "0"],
  ];
  return { status: 301, fields, body: NONE };
}

/**
 * The reply to OPTIONS (RFC 9110 §9.3.7).
 *
 * @returns A 204 with Allow.
 */
export function optionsReply(): Reply {
  return { status: 204, fields: [["Allow", ALLOW_READ]], body: NONE };
}
