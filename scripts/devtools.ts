/**
 * The Chrome DevTools Protocol over a WebSocket: of a browser, and of the inspector of V8.
 *
 * @module
 */

/** A conversation with a browser or an inspector. */
export interface Conversation {
  /** Calls a method, and waits for its result. */
  readonly send: (
    method: string,
    parameters?: Record<string, unknown>,
  ) => Promise<Record<string, unknown>>;
  /** Waits for the next event of a kind. */
  readonly event: (method: string) => Promise<void>;
  readonly socket: WebSocket;
}

/** Connects to an endpoint, `ws://…`. */
export async function connect(endpoint: string): Promise<Conversation> {
  const socket = new WebSocket(endpoint);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
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
    socket,
    send: (method, parameters = {}) =>
      new Promise((resolve) => {
        answers.set(++id, resolve);
        socket.send(JSON.stringify({ id, method, params: parameters }));
      }),
    event: (method) => new Promise((resolve) => events.set(method, resolve)),
  };
}

/** The group of a pattern in what a program writes; the rest is read and thrown away until it ends. */
export async function readMatch(
  stream: ReadableStream<Uint8Array>,
  pattern: RegExp,
): Promise<{ readonly match: string; readonly drained: Promise<void> }> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
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
      const match = pattern.exec(text);
      if (match?.[1] !== undefined) resolve(match[1]);
    }
    reject(new Error(`The program has ended: ${text}`));
  };
  const drained = read();
  return { match: await promise, drained };
}
