/**
 * The content of a request, made ready for a script (RFC 3875 §4.2).
 *
 * @module
 */

import type { Cgi } from "../site/scripts.ts";
import type { End, Patience } from "./patience.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The content of a request, of which a script must know the length beforehand. */
export type RequestContent =
  | { readonly kind: "none" }
  | {
    readonly kind: "content";
    /** In bytes. */
    readonly length: number;
    /** So many bytes; fewer or more are a fault. */
    readonly stream: ReadableStream<Bytes>;
  }
  | {
    /** There is more than may be, or than there is room for. */
    readonly kind: "too-large";
    /** Why, for the log. */
    readonly reason: string;
  }
  | {
    /** The client has left in the middle of it. */
    readonly kind: "lost";
  }
  | {
    /** The client has stopped in the middle of it. */
    readonly kind: "stalled";
  }
  | {
    /** It cannot be put anywhere. */
    readonly kind: "failed";
    /** Why. */
    readonly error: unknown;
  };

/**
 * Makes content ready: with its length it streams; without, all of it is waited for, so
 * that the script can be told its length (§4.1.2).
 *
 * @param request The request.
 * @param cgi How scripts are run.
 * @param patience How long to wait for the next piece.
 * @returns The content.
 */
export async function receiveContent(
  { body, headers, method }: Request,
  cgi: Pick<Cgi, "maxBody" | "openSpool">,
  patience: Patience,
): Promise<RequestContent> {
  const field = headers.get("content-length");
  if (field === null) {
    return body === null ? { kind: "none" } : await spool(body, cgi, patience);
  }
  const length = Number(field);
  if (length > cgi.maxBody) {
    await body?.cancel().catch(() => {});
    return tooLarge(`${length} bytes are more than ${cgi.maxBody}`);
  }
  // The runtimes show no content of these (RFC 9110 §9.3.1), and Bun none of length 0.
  const isHidden = body === null && (length > 0 || method === "GET");
  return isHidden || method === "HEAD"
    ? { kind: "none" }
    : { kind: "content", length, stream: body ?? new Blob().stream() };
}

async function spool(
  body: ReadableStream<Bytes>,
  { maxBody, openSpool }: Pick<Cgi, "maxBody" | "openSpool">,
  { over, restart }: Patience,
): Promise<RequestContent> {
  const spool = openSpool();
  const reader = body.getReader();
  const instead = (result: RequestContent): RequestContent => {
    spool.close();
    reader.cancel().catch(() => {}); // the client need not send the rest
    return result;
  };
  let end: End | undefined;
  // Not by a race for every piece: what waits for it would keep all of them in memory.
  over.then((reason) => {
    end = reason;
    return reader.cancel();
  }).catch(() => {});
  let length = 0;
  for (;;) {
    const chunk = await reader.read().catch(() => undefined);
    if (end === "late") return instead({ kind: "stalled" });
    if (chunk === undefined || end === "left") return instead({ kind: "lost" });
    if (chunk.done) break;
    restart();
    length += chunk.value.length;
    if (length > maxBody) {
      return instead(tooLarge(`more than ${maxBody} bytes`));
    }
    try {
      if (!await spool.write(chunk.value)) return instead(tooLarge(NO_ROOM));
    } catch (error) {
      return instead({ kind: "failed", error });
    }
  }
  return length === 0
    ? instead({ kind: "none" })
    : { kind: "content", length, stream: spool.read() };
}

const NO_ROOM =
  "content of unknown length needs a temporary file; start with --allow-write";

function tooLarge(reason: string): RequestContent {
  return { kind: "too-large", reason };
}
