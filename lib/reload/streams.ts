/**
 * Streams of events (HTML, "server-sent events"): each browser has one open, and hears of every change.
 *
 * @module
 */

import { type Content, countedContent } from "../ports/content.ts";

export type ReloadEvent =
  | { readonly kind: "reload" }
  | {
    readonly kind: "style";
    /** The paths of the style sheets in URLs. */
    readonly paths: readonly string[];
  };

export interface Streams {
  /** The number of the last change, behind what tells this run of the program from others. */
  readonly id: () => string;
  /** Whether there are as many as there may be. */
  readonly isFull: () => boolean;
  readonly open: () => Content | undefined;
  /** Counts a change, and tells of it. */
  readonly tell: (event: ReloadEvent) => void;
  /** Ends all of them, and those that are opened from now on. */
  readonly end: () => void;
}

/** How many streams are open at most. */
export const MOST_STREAMS = 256;
/** How often something is sent, in milliseconds: proxies and Bun's own server close what is silent. */
export const KEEP_ALIVE_MS = 5000;
/** How long a browser waits before it asks again, in milliseconds. */
const RETRY_MS = 500;
/** How many events wait for a client at most. Who misses one sees it by the numbers. */
const MOST_WAITING = 16;

interface Stream {
  /** What waits to be taken. */
  readonly waiting: string[];
  wake: () => void;
}

interface State {
  readonly streams: Set<Stream>;
  readonly keepAliveMs: number;
  changes: number;
  timer: ReturnType<typeof setInterval> | undefined;
  isEnded: boolean;
}

/** Makes the streams of a run of the program, which its `name` tells from others. */
export function createStreams(
  name: string,
  keepAliveMs: number = KEEP_ALIVE_MS,
): Streams {
  const streams = new Set<Stream>();
  const state: State = {
    streams,
    keepAliveMs,
    changes: 0,
    timer: undefined,
    isEnded: false,
  };
  const id = () => `${name}.${state.changes}`;
  return {
    id,
    isFull: () => streams.size >= MOST_STREAMS,
    open: () => {
      if (streams.size >= MOST_STREAMS) return undefined;
      return openStream(eventText({ id: id(), kind: "hello" }), state);
    },
    tell: (event) => {
      state.changes++;
      const text = eventText({ id: id(), ...event });
      for (const stream of streams) send(stream, text);
    },
    end: () => {
      state.isEnded = true;
      for (const stream of streams) leave(stream, state);
    },
  };
}

function openStream(hello: string, state: State): Content {
  const { streams, keepAliveMs } = state;
  const waiting = [`retry: ${RETRY_MS}\n${hello}`];
  const stream: Stream = { waiting, wake: () => {} };
  if (!state.isEnded) {
    streams.add(stream);
    state.timer ??= setInterval(() => keepAlive(streams), keepAliveMs);
  }
  const encoder = new TextEncoder();
  const next = async () => {
    while (waiting.length === 0) {
      if (!streams.has(stream)) return {};
      await new Promise<void>((resolve) => stream.wake = resolve);
    }
    return { value: encoder.encode(waiting.splice(0).join("")) };
  };
  const cancel = () => Promise.resolve(leave(stream, state));
  return countedContent({ next, cancel });
}

function keepAlive(streams: ReadonlySet<Stream>): void {
  for (const stream of streams) {
    if (stream.waiting.length === 0) send(stream, ":\n\n");
  }
}

function send(stream: Stream, text: string): void {
  const { waiting } = stream;
  waiting.push(text);
  if (waiting.length > MOST_WAITING) waiting.shift();
  stream.wake();
}

function leave(stream: Stream, state: State): void {
  state.streams.delete(stream);
  stream.wake();
  if (state.streams.size > 0) return;
  clearInterval(state.timer);
  state.timer = undefined;
}

/** An event, whose data is JSON: it has no line break. */
function eventText(data: Readonly<Record<string, unknown>>): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
