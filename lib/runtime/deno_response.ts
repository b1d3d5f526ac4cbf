/**
 * A `Response` for Deno's server. One that is sent again and again is kept, and its clones are sent.
 *
 * @module
 */

import { bytesOf, type Content } from "../ports/content.ts";
import {
  type Answer,
  type HeaderSection,
  toResponse,
} from "../ports/message.ts";

/** How many bytes are kept at most, and for answers without content. */
const KEPT_BYTES = 33_554_432;
const KEPT_HEAD_BYTES = 4_194_304;
/** What a `Response` takes besides its content, about (measured: 3.3 KiB). */
const RESPONSE_BYTES = 3328;
/** How often an answer is sent before it is kept, of so many in a row: of files at random most would be kept in vain. */
const KEPT_FROM = 4;
const COUNTED_ANSWERS = 512;

interface Kept {
  readonly response: Response;
  readonly content: Content | undefined;
  readonly bytes: number;
  date: string | undefined;
}

/**
 * Makes what makes a `Response` of an answer. A clone has the bytes of the first, where each further
 * `Response` copies them; its fields are not checked again (Deno 2.9.6: a request for 4 KiB takes 0.75 of
 * the processor's time, one for 100 KiB took 69 µs and takes 29).
 */
export function createToResponse(
  limit: number = KEPT_BYTES,
): (answer: Answer) => Response {
  // Those to HEAD and to GET have one header section.
  const toWhole = createKeeper(limit);
  const toHead = createKeeper(KEPT_HEAD_BYTES);
  return (answer) =>
    answer.content === undefined ? toHead(answer) : toWhole(answer);
}

/** Keeps one answer for a header section. */
function createKeeper(limit: number): (answer: Answer) => Response {
  const all = new Map<HeaderSection, Kept>();
  const counts = new Map<HeaderSection, number>();
  let counted = 0;
  let size = 0;
  const evict = (headers: HeaderSection) => {
    size -= all.get(headers)?.bytes ?? 0;
    all.delete(headers);
  };
  const keep = (answer: Answer, length: number): Kept => {
    const { headers, content } = answer;
    const response = toDenoResponse(answer);
    // Who changes its fields has Deno give up what it had prepared to send it: only clones are sent.
    const date = headers.get("date");
    const bytes = RESPONSE_BYTES + length;
    const kept: Kept = { response, content, bytes, date };
    evict(headers);
    all.set(headers, kept);
    size += bytes;
    for (const oldest of all.keys()) {
      if (size <= limit) break;
      evict(oldest);
    }
    return kept;
  };
  const isOften = (headers: HeaderSection) => {
    if (counted++ % COUNTED_ANSWERS === 0) counts.clear();
    const count = (counts.get(headers) ?? 0) + 1;
    counts.set(headers, count);
    return count >= KEPT_FROM;
  };
  return (answer) => {
    const { headers, content } = answer;
    const length = content === undefined ? 0 : bytesOf(content)?.length;
    if (length === undefined) return toDenoResponse(answer);
    const former = all.get(headers);
    if (former !== undefined && former.content === content) {
      return send(former, headers);
    }
    return isOften(headers)
      ? send(keep(answer, length), headers)
      : toDenoResponse(answer);
  };
}

/**
 * Its fields are appended one by one: of those that it is made with Deno compares each name with every
 * other one, and then makes an object of its own of them and the bytes, which is registered for
 * finalization (2.9.6: 31 µs a request for 4 KiB, so 26).
 */
function toDenoResponse(answer: Answer): Response {
  const response = toResponse(answer, []);
  const fields = response.headers;
  for (const [name, value] of answer.headers.toPairs()) {
    fields.append(name, value);
  }
  return response;
}

function send(kept: Kept, headers: HeaderSection): Response {
  const { response } = kept;
  const date = headers.get("date");
  if (date !== undefined && date !== kept.date) {
    response.headers.set("Date", date);
    kept.date = date;
  }
  return response.clone();
}
