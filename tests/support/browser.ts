/** Chromium, driven by its own protocol over a WebSocket. */

import { connect, readMatch } from "../../scripts/devtools.ts";
import { temporaryDirectory } from "./program.ts";

export interface Page extends AsyncDisposable {
  /** Opens a URL and waits until it has loaded; rejects where nothing is shown, as for a download. */
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
  const { match: endpoint, drained } = await readMatch(
    child.stderr,
    /listening on (ws:\S+)/,
  );
  const { origin } = new URL(endpoint.replace("ws:", "http:"));
  const targets = await (await fetch(`${origin}/json/list`)).json();
  const { webSocketDebuggerUrl } = targets.find(
    ({ type }: { type: string }) => type === "page",
  );
  const { send, event, socket } = await connect(webSocketDebuggerUrl);
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
      const { errorText } = await send("Page.navigate", { url });
      if (errorText) throw new Error(`Chromium shows nothing: ${errorText}`);
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
