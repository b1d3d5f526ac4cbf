/**
 * One request that sends something, and its answer: XMLHttpRequest, because nothing else tells how
 * much has gone.
 *
 * @module
 */

/** What is sent. */
export interface Sending {
  readonly method: "PUT" | "HEAD" | "MKCOL";
  readonly url: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly content?: Blob;
  readonly signal: AbortSignal;
  /** Hears how many bytes have gone. */
  readonly onSent?: (bytes: number) => void;
}

/** What comes back; the status is 0 where nothing does. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly field: (name: string) => string | null;
}

/** Sends, and waits for the answer. It never fails: what is cut has the status 0. */
export function exchange(
  { method, url, fields = {}, content, signal, onSent }: Sending,
): Promise<Answer> {
  const request = new XMLHttpRequest();
  const answered = new Promise<Answer>((resolve) => {
    request.onloadend = () =>
      resolve({
        status: request.status,
        text: request.responseText,
        field: (name) => request.getResponseHeader(name),
      });
  });
  request.open(method, url);
  request.setRequestHeader("Accept", "application/json");
  for (const [name, value] of Object.entries(fields)) {
    request.setRequestHeader(name, value);
  }
  // Without a listener there is no work for each small file.
  if (onSent !== undefined) {
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
  }
  const abort = () => request.abort();
  signal.addEventListener("abort", abort);
  request.send(content ?? null);
  return answered.finally(() => signal.removeEventListener("abort", abort));
}

/** The server's words for what it refuses: the details of a problem (RFC 9457). */
export function wordsOf({ status, text }: Answer): string {
  try {
    const { detail, title } = JSON.parse(text);
    if (typeof (detail ?? title) === "string") return detail ?? title;
  } catch {
    // an answer of something between
  }
  return status === 0
    ? "The connection was lost."
    : `The server answered with ${status}.`;
}
