/**
 * What an answer has of a file, or of what is sent to be saved: for whoever counts downloads.
 *
 * @module
 */

import { type Body, sourceSize } from "../http/body.ts";
import type { Span } from "../ports/content.ts";
import type { Download } from "../ports/exchange.ts";
import type { SentAnswer } from "./send.ts";

const CONTENT_RANGE_REGEXP = /^bytes (\d+)-(\d+)\/(\d+)$/;

/** The download that an answer to GET is, or a part of; pages, listings and errors are none. */
export function downloadOf(
  { status, headers, reply: { body } }: SentAnswer,
): Download | undefined {
  if (!isFile(body) && !isAttachment(headers.get("content-disposition"))) {
    return undefined;
  }
  const tag = headers.get("etag");
  if (status === 200) {
    const length = headers.get("content-length");
    return { tag, length: length === undefined ? undefined : Number(length) };
  }
  if (status !== 206) return undefined;
  const range = CONTENT_RANGE_REGEXP.exec(headers.get("content-range") ?? "");
  if (range === null) return partsOf(body, tag);
  const [start = 0, end = 0, length = 0] = range.slice(1).map(Number);
  return { tag, length, spans: [{ start, end }] };
}

function isFile(body: Body): boolean {
  return (body.kind === "pieces" || body.kind === "coded") &&
    body.source.kind === "file";
}

/** An archive, or what a script has made. */
function isAttachment(disposition = ""): boolean {
  return /^attachment\b/i.test(disposition);
}

/** Several ranges stand between the heads of their parts (RFC 9110 §14.6). */
function partsOf(body: Body, tag: string | undefined): Download | undefined {
  if (body.kind !== "pieces") return undefined;
  const spans = [...body.pieces].filter((piece): piece is Span =>
    "start" in piece
  );
  return { tag, length: sourceSize(body.source), spans };
}
