/**
 * Pages that a user makes in place of ours.
 *
 * @module
 */

import type { Awaitable } from "../ports/ports.ts";
import type { Listing } from "./listing.ts";

/** A page: text is sent in UTF-8. */
export interface Page {
  /** What is sent. */
  readonly body: string | Uint8Array<ArrayBuffer>;
  /**
   * What it is.
   *
   * @default {"text/html; charset=utf-8"}
   */
  readonly mediaType?: string;
}

/** What an error page has to say. */
export interface ErrorText {
  /** One line. */
  readonly message: string;
  /** A longer text. */
  readonly explain: string;
}

/** Makes the page that lists a directory. */
export type List = (listing: Listing) => Awaitable<Page>;

/** Makes the page of an error: `error_message_format` and `error_content_type` of `http.server`. */
export type ErrorPage = (status: number, text: ErrorText) => Awaitable<Page>;

/**
 * The bytes of a page.
 *
 * @param page The page.
 * @returns Its bytes, and what they are.
 * @throws {TypeError} When the page is none: whoever made it has a bug.
 */
export function pageBytes(
  page: Page,
): { bytes: Uint8Array<ArrayBuffer>; mediaType: string } {
  const { body, mediaType = "text/html; charset=utf-8" } = page;
  if (body instanceof Uint8Array) return { bytes: body, mediaType };
  if (typeof body === "string") {
    return { bytes: new TextEncoder().encode(body), mediaType };
  }
  throw new TypeError("Cannot send a page: its body is no text and no bytes");
}
