/** A site in memory with a clock that stands still, and a client for it without sockets. */

import {
  createHandler,
  type Files,
  type LogRecord,
  type MemoryFile,
  memoryFiles,
  type Peer,
  type SiteOptions,
} from "../../main.ts";

/** Sun, 06 Nov 1994 08:49:37 GMT, as in the examples of RFC 9110. */
export const NOW = 784_111_777_000;
/** A day before: old enough for strong validators. */
export const YESTERDAY: number = NOW - 86_400_000;
export const YESTERDAY_TEXT = "Sat, 05 Nov 1994 08:49:37 GMT";

export type Fetch = (
  path: string,
  init?: RequestInit & { peer?: Peer },
) => Promise<Response>;

/** Files that were all modified yesterday. */
export function filesOf(tree: Record<string, MemoryFile>): Files {
  return memoryFiles(tree, { mtime: YESTERDAY });
}

/** A client of a site that has the given files below `/`. */
export function site(
  tree: Record<string, MemoryFile>,
  options: Partial<SiteOptions> = {},
): Fetch {
  const handler = createHandler({
    root: "/",
    files: filesOf(tree),
    clock: { now: () => NOW },
    log: false,
    ...options,
  });
  return async (path, init) =>
    await handler(new Request(`http://localhost${path}`, init), init?.peer);
}

/** A request whose URL nobody normalised, as Deno passes it on. */
export function rawRequest(
  target: string,
  { method = "GET", host = "localhost" }: { method?: string; host?: string } =
    {},
): { method: string; url: string; headers: Headers } {
  const headers = new Headers();
  headers.set("host", host);
  return { method, url: `http://${host}${target}`, headers };
}

/** A site, and the records of its log. */
export function loggedSite(
  tree: Record<string, MemoryFile>,
  options: Partial<SiteOptions> = {},
): { fetch: Fetch; records: LogRecord[]; logged: () => Promise<LogRecord> } {
  const records: LogRecord[] = [];
  let notify = () => {};
  const log = (record: LogRecord) => {
    records.push(record);
    notify();
  };
  const logged = async () => {
    if (records.length === 0) {
      await new Promise<void>((resolve) => notify = resolve);
    }
    return records.at(-1) as LogRecord;
  };
  return { fetch: site(tree, { ...options, log }), records, logged };
}

/** Files that tell which were opened, and whether they were closed. */
export function watched(
  files: Files,
): { files: Files; opened: string[]; open: () => number } {
  const opened: string[] = [];
  let count = 0;
  const close = () => count--;
  return {
    opened,
    open: () => count,
    files: {
      ...files,
      open: async (path) => {
        const file = await files.open(path);
        opened.push(path);
        if (file === undefined) return undefined;
        count++;
        return {
          ...file,
          close,
          content: (...parameters) => {
            close();
            return file.content(...parameters);
          },
        };
      },
    },
  };
}
