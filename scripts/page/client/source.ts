/**
 * Text with line numbers.
 *
 * @module
 */

import { element } from "./element.ts";

/** How much of a text is shown. */
const MOST_BYTES = 2 ** 20;
const MOST_LINES = 20_000;
/** The browser lays out only blocks that are near the window. */
const LINES_PER_BLOCK = 100;

/** The beginning of a text. */
interface Beginning {
  readonly text: string;
  /** Whether there is more. */
  readonly cut: boolean;
}

/** Reads a text, and shows its beginning; `signal` ends that. */
export function createSource(url: string, signal: AbortSignal): HTMLElement {
  const note = element("p", { role: "status", class: "note" }, "Loading …");
  const source = element("div", { class: "source" }, note);
  readBeginning(url, signal).then((beginning) => {
    const lines = toLines(beginning.text);
    const shown = lines.slice(0, MOST_LINES);
    note.textContent = describe(beginning, lines.length);
    source.append(createLines(shown));
  }).catch((error: Error) => {
    note.textContent = `It cannot be read: ${error.message}.`;
  });
  return source;
}

function describe({ text, cut }: Beginning, lines: number): string {
  if (lines > MOST_LINES) {
    return `The first ${MOST_LINES.toLocaleString()} lines. Download it for the rest.`;
  }
  if (cut) return "The first MiB. Download it for the rest.";
  return text === "" ? "It is empty." : "";
}

async function readBeginning(
  url: string,
  signal: AbortSignal,
): Promise<Beginning> {
  const headers = { Range: `bytes=0-${MOST_BYTES - 1}` };
  const answer = await fetch(url, { headers, signal });
  // No range of an empty file can be answered.
  if (answer.status === 416) return { text: "", cut: false };
  if (!answer.ok || answer.body === null) {
    throw new Error(`${answer.status} ${answer.statusText}`);
  }
  const size = /\/(\d+)$/.exec(answer.headers.get("content-range") ?? "")?.[1];
  const { text, bytes } = await decode(answer.body.getReader());
  return { text, cut: bytes < Number(size) || bytes > MOST_BYTES };
}

/** Decodes until enough is there: who ignores ranges sends everything. */
async function decode(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<{ text: string; bytes: number }> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  while (bytes <= MOST_BYTES) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), bytes };
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return { text, bytes };
}

function toLines(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function createLines(lines: readonly string[]): HTMLElement {
  const pre = element("pre");
  pre.style.setProperty("--digits", `${String(lines.length).length}ch`);
  for (let at = 0; at < lines.length; at += LINES_PER_BLOCK) {
    pre.append(createBlock(lines.slice(at, at + LINES_PER_BLOCK), at));
  }
  return pre;
}

function createBlock(lines: readonly string[], at: number): HTMLElement {
  const block = element(
    "span",
    {},
    ...lines.map((line) => element("span", {}, `${line}\n`)),
  );
  block.style.counterReset = `line ${at}`;
  block.style.setProperty("--lines", String(lines.length));
  return block;
}
