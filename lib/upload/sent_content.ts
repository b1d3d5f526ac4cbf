/**
 * What a client sends, on its way into an incoming file.
 *
 * @module
 */

import { errorReply } from "../pages/error_page.ts";
import type { Reply } from "../http/reply.ts";
import type { Bytes } from "../ports/content.ts";
import { type IncomingFile, NO_SPACE } from "../ports/files.ts";
import { diskFullReply, type Meter } from "./budget.ts";
import { type Refused, refused } from "./destination.ts";

/** The next bytes; `undefined` at the end. It throws when there is no end. */
export type Read = () => Promise<Bytes | undefined>;

/** Why the end has not come: the client has left, sends nothing more, or goes on by another request. */
export type Cut = "left" | "stalled" | "interrupted";

/** The content of a request. */
export interface Sent {
  readonly read: Read;
  /** Ends it: another request goes on with it. */
  readonly interrupt: () => void;
  /** Why it has ended before its end. */
  readonly cut: () => Cut;
  /** Drops what was not read. */
  readonly close: () => void;
}

/** How long a client may send nothing, in milliseconds: it holds a place. */
const STALL_MS = 60_000;

/** Begins to read the content of a request. */
export function openContent(body: ReadableStream<Bytes> | null): Sent {
  const reader = body?.getReader();
  let cut: Cut | undefined;
  const close = () => void reader?.cancel().catch(() => {});
  const stop = (why: Cut) => {
    cut ??= why;
    close();
  };
  return {
    read: async () => {
      const timer = setTimeout(stop, STALL_MS, "stalled");
      try {
        const result = cut === undefined ? await reader?.read() : undefined;
        if (cut !== undefined) throw new Error(cut);
        return result?.value;
      } finally {
        clearTimeout(timer);
      }
    },
    interrupt: () => stop("interrupted"),
    cut: () => cut ?? "left",
    close,
  };
}

/** What has become of content that was to be written. */
export type Filled =
  | { readonly kind: "all"; readonly count: number }
  /** What has come until then is there. */
  | { readonly kind: "cut"; readonly count: number }
  | Refused;

/** Writes what comes, at most so many bytes: more is a lie of the client. */
export async function fill(
  incoming: IncomingFile,
  read: Read,
  meter: Meter,
  most = Infinity,
): Promise<Filled> {
  for (let count = 0;;) {
    let bytes: Bytes | undefined;
    try {
      bytes = await read();
    } catch {
      return { kind: "cut", count };
    }
    if (bytes === undefined) return { kind: "all", count };
    count += bytes.length;
    if (count > most) return refused(400, "More was sent than was announced");
    const reply = await meter.add(bytes.length);
    if (reply !== undefined) return { kind: "refused", reply };
    try {
      await incoming.append(bytes);
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      return { kind: "refused", reply: diskFullReply() };
    }
  }
}

/** Whether the disk, or a quota of the system, is full. */
export function isNoSpace(error: unknown): boolean {
  return error instanceof Error && error.name === NO_SPACE;
}

/** The reply to what was not sent to its end: only the log sees it where the client has left. */
export function cutReply(cut: Cut): Reply {
  switch (cut) {
    case "left":
      return errorReply(400, {
        message: "The content ended before all of it was there",
        explain: "Send it again",
      });
    case "stalled":
      return errorReply(408, { message: "Nothing more was sent" });
    case "interrupted":
      return errorReply(409, { message: "Another request goes on with it" });
  }
}
