/**
 * Events of the server. A browser has six connections for an origin: so its pages share one stream, which
 * one of them has open.
 *
 * @module
 */

/** What the server tells. */
export interface Message {
  /** The number of the change, behind the name of the server's run. */
  readonly id: string;
  /** `hello`: the last change. */
  readonly kind: "hello" | "reload" | "style";
  /** The paths of style sheets. */
  readonly paths?: readonly string[];
}

type Receive = (message: Message) => void;

/** How long to wait before another stream is opened, where the browser has given one up, in milliseconds. */
const AGAIN_MS = 2000;
/** What a page asks for that has come later. */
const ASK = "ask";

/** Listens until the signal. */
export function listen(
  url: string,
  receive: Receive,
  signal: AbortSignal,
): void {
  // To an address of a network, without TLS, browsers give no locks.
  const isShared = "locks" in navigator && "BroadcastChannel" in globalThis;
  if (isShared) share(url, receive, signal);
  else listenWhileVisible(url, receive, signal);
}

/** The page that has the lock has the stream, and tells the others. */
function share(url: string, receive: Receive, signal: AbortSignal): void {
  const channel = new BroadcastChannel(url);
  let last: Message | undefined;
  channel.onmessage = ({ data }: MessageEvent<Message | typeof ASK>) => {
    if (data !== ASK) receive(data);
    else if (last !== undefined) channel.postMessage(last);
  };
  signal.addEventListener("abort", () => channel.close());
  channel.postMessage(ASK);
  const lead = () =>
    new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve());
      connect(url, (message) => {
        last = { id: message.id, kind: "hello" };
        channel.postMessage(message);
        receive(message);
      }, signal);
    });
  navigator.locks.request(url, { signal }, lead).catch(() => {
    // The page is left, or in a sandbox.
  });
}

/** A page that is shown again learns from the first message what it has missed. */
function listenWhileVisible(
  url: string,
  receive: Receive,
  signal: AbortSignal,
): void {
  let end: AbortController | undefined;
  const close = () => {
    end?.abort();
    end = undefined;
  };
  const update = () => {
    if (document.hidden) return close();
    if (end !== undefined) return;
    end = new AbortController();
    connect(url, receive, end.signal);
  };
  document.addEventListener("visibilitychange", update, { signal });
  signal.addEventListener("abort", close);
  update();
}

/** The browser opens a stream again that was cut, but not behind an answer such as 503. */
function connect(url: string, receive: Receive, signal: AbortSignal): void {
  if (signal.aborted) return;
  const source = new EventSource(url);
  const close = () => source.close();
  signal.addEventListener("abort", close);
  source.onmessage = ({ data }) => receive(JSON.parse(data));
  source.onerror = () => {
    if (source.readyState !== EventSource.CLOSED) return;
    signal.removeEventListener("abort", close);
    setTimeout(() => connect(url, receive, signal), AGAIN_MS);
  };
}
