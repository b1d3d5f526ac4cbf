/**
 * The content of a request, made ready for a script (RFC 3875 §4.2).
 *
 * @module
 */

import type { Cgi } from "./settings.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The content of a request, of which a script must know the length beforehand. */
export type RequestContent =
  | { readonly kind: "none" }
  | {
    readonly kind: "content";
    /** In bytes. */
    readonly length: number;
    /** Exactly so many bytes. */
    readonly stream: ReadableStream<Bytes>;
  }
  | {
    /** The client has left in the middle of it. */
    readonly kind: "lost";
  }
  | {
    /** There is more than may be, or than there is room for. */
    readonly kind: "too-large";
    /** Why, for the log. */
    readonly reason: string;
  };

/**
 * Makes content ready: with its length it streams; without, all of it is waited for, so
 * that the script can be told its length (§4.1.2).
 *
 * @param request The request.
 * @param cgi How scripts are run.
 * @returns The content.
 */
export async function receiveContent(
  { body, headers }: Request,
  cgi: Pick<Cgi, "maxBody" | "openSpool">,
): Promise<RequestContent> {
  if (body === null) return { kind: "none" };
  const field = headers.get("content-length");
  if (field === null) return await spool(body, cgi);
  const length = Number(field);
  if (length <= cgi.maxBody) return { kind: "content", length, stream: body };
  await body.cancel().catch(() => {});
  return tooLarge(`${length} bytes are more than ${cgi.maxBody}`);
}

async function spool(
  body: ReadableStream<Bytes>,
  { maxBody, openSpool }: Pick<Cgi, "maxBody" | "openSpool">,
): Promise<RequestContent> {
  const spool = openSpool();
  const reader = body.getReader();
  const failed = (result: RequestContent): RequestContent => {
    spool.close();
    reader.cancel().catch(() => {}); // the client need not send the rest
    return result;
  };
  let length = 0;
  for (;;) {
    const chunk = await reader.read().catch(() => undefined);
    if (chunk === undefined) return failed({ kind: "lost" });
    if (chunk.done) break;
    length += chunk.value.length;
    if (length > maxBody) return failed(tooLarge(`more than ${maxBody} bytes`));
    const hasRoom = await spool.write(chunk.value).catch((error) => {
      failed({ kind: "none" });
      throw error; // the disk is full
    });
    if (!hasRoom) return failed(tooLarge(NO_ROOM));
  }
  if (length === 0) return failed({ kind: "none" });
  return { kind: "content", length, stream: spool.read() };
}

const NO_ROOM =
  "content of unknown length needs a temporary file; start with --allow-write";

function tooLarge(reason: string): RequestContent {
  return { kind: "too-large", reason };
}
