/**
 * A `Response` of a user's function as an answer that our listeners write.
 *
 * @module
 */

import { type Bytes, bytesContent, type Content } from "../ports/content.ts";
import { type Answer, headerSection } from "../ports/message.ts";
import { nextTurn } from "./node_ports.ts";
import { builtin } from "./system.ts";

/** Makes an answer of what a function of a user has given. */
export async function toAnswer(
  given: Response,
  method: string,
): Promise<Answer> {
  const { status, statusText, headers, body } = given;
  if (method === "HEAD") body?.cancel().catch(() => {});
  const content = method === "HEAD" || STATUSES_WITHOUT_CONTENT.includes(status)
    ? undefined
    : await contentOf(body);
  const fields = fieldsOf(headers, status, content);
  if (!headers.has("date")) fields.push(["Date", new Date().toUTCString()]); // RFC 9110 §6.6.1
  const phrase = PHRASE_REGEXP.test(statusText)
    ? statusText
    : builtin("node:http").STATUS_CODES[status] ?? "";
  return { status, phrase, headers: headerSection(fields), content };
}

/** A reason phrase (RFC 9112 §4). Bun lets a `Response` have any text for one (1.4.5). */
const PHRASE_REGEXP = /^[\t\x20-\x7e\x80-\xff]+$/;
/** No `Response` has content with them (RFC 9110 §15.3.5, §15.4.5), nor with 205, where its length is 0. */
const STATUSES_WITHOUT_CONTENT: readonly number[] = [204, 304];
/** Fields about the framing, which is ours: what `fetch` has got was framed by another server. */
const FRAMING_FIELDS: readonly string[] = "keep-alive trailer transfer-encoding"
  .split(" ");

/** The fields that can be sent. A length that is none, or not that of the content, would mix up answers (RFC 9112 §6.3). */
function fieldsOf(
  headers: Headers,
  status: number,
  content: Content | undefined,
): [string, string][] {
  const isWhole = content?.body instanceof Uint8Array;
  const length = headers.get("content-length");
  const hasLength = !isWhole && status !== 204 && // RFC 9110 §8.6
    length !== null && /^\d+$/.test(length);
  const fields = [...headers].filter(([name, value]) => {
    if (name === "content-length") return hasLength;
    if (name === "connection") return value.toLowerCase() !== "keep-alive";
    return !FRAMING_FIELDS.includes(name);
  });
  // What is whole has a length: a client of HTTP/1.0 needs it to keep the connection.
  return isWhole
    ? [...fields, ["Content-Length", `${content.body.length}`]]
    : fields;
}

/** The content of a stream: bytes, where they are all there at once. */
async function contentOf(
  stream: ReadableStream<Bytes> | null,
): Promise<Content> {
  if (stream === null) return bytesContent(new Uint8Array());
  const reader = stream.getReader();
  const first = reader.read();
  const begun = await Promise.race([first, nextTurn()]);
  if (begun?.done === true) return bytesContent(new Uint8Array());
  const reads = [first];
  if (begun !== undefined) {
    const second = reader.read();
    const ended = await Promise.race([second, nextTurn()]);
    if (ended?.done === true) return bytesContent(begun.value);
    reads.push(second);
  }
  const body = new ReadableStream<Bytes>({
    pull: async (controller) => {
      const { value } = await (reads.shift() ?? reader.read());
      if (value === undefined) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return { ...bytesContent(new Uint8Array()), body };
}
