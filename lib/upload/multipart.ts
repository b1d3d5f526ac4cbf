/**
 * The parts of a form (RFC 7578), one after the other, while they come.
 *
 * @module
 */

import type { Bytes } from "../ports/content.ts";
import { deferred } from "../ports/timers.ts";
import type { Read } from "./sent_content.ts";

/** A part of a form. */
export type FormPart =
  | {
    readonly kind: "file";
    /** As the client has it, perhaps with folders; empty where it has none. */
    readonly filename: string;
    readonly read: Read;
  }
  | {
    readonly kind: "field";
    readonly name: string;
    readonly value: string;
    /** Whether its end is missing. */
    readonly isCut: boolean;
  };

/** How many parts a form may have. */
const MOST_PARTS = 10_000;
/** How long a field may be, in bytes; a file may be longer. */
const MOST_FIELD_BYTES = 1_048_576;

/** The file of a part: what is used of a `Readable`. */
interface PartStream extends AsyncIterable<Bytes> {
  readonly on: (event: "error", listener: () => void) => unknown;
}

/** What is used of busboy 1.6.0, which has no types. */
interface Parser {
  readonly on: {
    (
      event: "file",
      listener: (
        name: string | undefined,
        stream: PartStream,
        info: { readonly filename?: string },
      ) => void,
    ): unknown;
    (
      event: "field",
      listener: (
        name: string | undefined,
        value: string,
        info: { readonly valueTruncated: boolean },
      ) => void,
    ): unknown;
    (event: "error", listener: (error: Error) => void): unknown;
    (event: "close" | "partsLimit", listener: () => void): unknown;
  };
  readonly write: (
    bytes: Uint8Array,
    callback: (error?: Error | null) => void,
  ) => boolean;
  readonly end: () => void;
  readonly destroy: () => void;
}

/** Makes a parser; it throws where the type is that of no form. */
type CreateParser = (options: {
  readonly headers: { readonly "content-type": string };
  readonly defParamCharset: "utf8";
  readonly preservePath: true;
  readonly limits: { readonly parts: number; readonly fieldSize: number };
}) => Parser;

/** Loads the parser; few programs need it. */
async function loadParser(): Promise<CreateParser> {
  // @ts-ignore: the package has no types
  const { default: createParser } = await import("busboy");
  return createParser as CreateParser;
}

/** A part that was announced, or the end of all, or why there is none. */
type Event =
  | FormPart
  | { readonly kind: "end" }
  | { readonly kind: "failed"; readonly error: unknown };

/** Reads the parts of a form: each is to be read to its end before the next. It throws where it is malformed, or cut. */
export async function* readParts(
  read: Read,
  contentType: string,
): AsyncGenerator<FormPart> {
  const createParser = await loadParser();
  const parser = createParser({
    headers: { "content-type": contentType },
    // The defaults read names as Latin-1, and cut their folders off.
    defParamCharset: "utf8",
    preservePath: true,
    limits: { parts: MOST_PARTS, fieldSize: MOST_FIELD_BYTES },
  });
  const events = createEvents(parser);
  feed(parser, read, events.taken).catch((error: unknown) => {
    events.push({ kind: "failed", error });
    parser.destroy(); // whoever reads a file must not wait for more
  });
  try {
    for (;;) {
      const event = await events.next();
      if (event.kind === "end") return;
      if (event.kind === "failed") throw event.error;
      yield event;
    }
  } finally {
    parser.destroy();
  }
}

/** Parts that are small are whole in the parser before anybody has asked for them: no more comes until all of them are taken. */
async function feed(
  parser: Parser,
  read: Read,
  taken: () => Promise<void>,
): Promise<void> {
  for (;;) {
    await taken();
    const bytes = await read();
    if (bytes === undefined) return parser.end();
    await new Promise<void>((resolve, reject) => {
      parser.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }
}

/** What the parser tells, in order. */
function createEvents(parser: Parser) {
  const waiting: Event[] = [];
  let wake = () => {};
  let goOn = () => {};
  const push = (event: Event) => {
    waiting.push(event);
    wake();
  };
  const fail = (error: unknown) => push({ kind: "failed", error });
  parser.on("file", (_name, stream, { filename = "" }) => {
    stream.on("error", () => {}); // it is thrown where it is read
    const chunks = stream[Symbol.asyncIterator]();
    const read: Read = async () => (await chunks.next()).value;
    push({ kind: "file", filename, read });
  });
  parser.on("field", (name = "", value, { valueTruncated }) => {
    push({ kind: "field", name, value, isCut: valueTruncated });
  });
  parser.on("partsLimit", () => fail(new Error("Too many parts")));
  parser.on("error", fail);
  parser.on("close", () => push({ kind: "end" }));
  const next = async (): Promise<Event> => {
    for (;;) {
      const event = waiting.shift();
      if (waiting.length === 0) goOn();
      if (event !== undefined) return event;
      const more = deferred<void>();
      wake = more.resolve;
      await more.promise;
    }
  };
  const taken = async () => {
    if (waiting.length === 0) return;
    const all = deferred<void>();
    goOn = all.resolve;
    await all.promise;
  };
  return { push, next, taken };
}
