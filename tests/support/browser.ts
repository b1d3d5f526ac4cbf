/** Chromium, driven by its own protocol over a WebSocket. */

import { temporaryDirectory } from "./program.ts";

export interface Page extends AsyncDisposable {
  /** Opens a URL and waits until it has loaded. */
  readonly open: (url: string) => Promise<void>;
  /** The value of an expression in the page; a promise is awaited. */
  readonly evaluate: <T>(expression: string) => Promise<T>;
  /** Clicks on the first element that a selector finds, and waits for the next page. */
  readonly click: (selector: string) => Promise<void>;
  /** A picture of the page, as a PNG. */
  readonly screenshot: () => Promise<Uint8Array<ArrayBuffer>>;
}

/** The program, where Debian puts it; `undefined` where it is not at hand. */
export const CHROMIUM: string | undefined = findProgram("chromium");

/** The path of a program, or `undefined`. */
export function findProgram(name: string): string | undefined {
  for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      const path = `${directory}/${name}`;
      if (Deno.statSync(path).isFile) return path;
    } catch {
      // not there
    }
  }
  return undefined;
}

type Send = (
  method: string,
  parameters?: Record<string, unknown>,
) => Promise<Record<string, unknown>>;

/** Starts a browser with an empty profile and one page. */
export async function openPage(): Promise<Page> {
  const profile = temporaryDirectory();
  const child = new Deno.Command(CHROMIUM ?? "chromium", {
    args: [
      ..."--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
        .split(" "),
      ..."--disable-background-networking --disable-component-update".split(
        " ",
      ),
      ..."--disable-sync --remote-debugging-port=0".split(" "),
      `--user-data-dir=${profile.path}`,
      "about:blank",
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const { endpoint, drained } = await readEndpoint(child.stderr);
  const { origin } = new URL(endpoint.replace("ws:", "http:"));
  const targets = await (await fetch(`${origin}/json/list`)).json();
  const { webSocketDebuggerUrl } = targets.find(
    ({ type }: { type: string }) => type === "page",
  );
  const socket = new WebSocket(webSocketDebuggerUrl);
  await new Promise((resolve) => socket.onopen = resolve);
  const { send, event } = converse(socket);
  await send("Page.enable");
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  };
  return {
    evaluate,
    open: async (url) => {
      const loaded = event("Page.loadEventFired");
      await send("Page.navigate", { url });
      await loaded;
    },
    click: async (selector) => {
      const loaded = event("Page.loadEventFired");
      await evaluate(
        `document.querySelector(${JSON.stringify(selector)}).click()`,
      );
      await loaded;
    },
    screenshot: async () => {
      const { data } = await send("Page.captureScreenshot");
      return Uint8Array.fromBase64(String(data));
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => socket.onclose = resolve);
      await send("Browser.close");
      await closed;
      await child.status;
      await drained;
      profile[Symbol.dispose]();
    },
  };
}

async function readEndpoint(
  stream: ReadableStream<Uint8Array>,
): Promise<{ endpoint: string; drained: Promise<void> }> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const read = async () => {
    let text = "";
    for await (
      const chunk of stream.pipeThrough(
        new TextDecoderStream() as unknown as ReadableWritablePair<
          string,
          Uint8Array
        >,
      )
    ) {
      text += chunk;
      const match = /listening on (ws:\S+)/.exec(text);
      if (match?.[1] !== undefined) resolve(match[1]);
    }
  };
  const drained = read();
  return { endpoint: await promise, drained };
}

function converse(socket: WebSocket): {
  send: Send;
  event: (method: string) => Promise<void>;
} {
  const answers = new Map<number, (message: Record<string, unknown>) => void>();
  const events = new Map<string, () => void>();
  let id = 0;
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    answers.get(message.id)?.(
      message.result ?? { exceptionDetails: message.error },
    );
    events.get(message.method)?.();
  };
  return {
    send: (method, parameters = {}) =>
      new Promise((resolve) => {
        answers.set(++id, resolve);
        socket.send(JSON.stringify({ id, method, params: parameters }));
      }),
    event: (method) => new Promise((resolve) => events.set(method, resolve)),
  };
}
