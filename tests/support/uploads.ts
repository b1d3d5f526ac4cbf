/** A site in memory that receives files, and a client for it without sockets. */

import {
  createHandler,
  type Files,
  type MemoryFile,
  memoryFiles,
  type SiteOptions,
  type UploadOptions,
} from "../../main.ts";
import { type Fetch, NOW, YESTERDAY } from "./site.ts";

export interface UploadSite {
  readonly fetch: Fetch;
  readonly tree: Record<string, MemoryFile>;
  readonly files: Files;
  /** The text of a file; `undefined` where there is none. */
  readonly text: (path: string) => string | undefined;
  /** The paths of what is there, sorted. */
  readonly paths: () => readonly string[];
}

export interface UploadSiteOptions extends Partial<SiteOptions> {
  readonly space?: number;
}

/** A site that receives files. */
export function uploadSite(
  upload: UploadOptions | true = true,
  { space, ...options }: UploadSiteOptions = {},
  tree: Record<string, MemoryFile> = { "/old.txt": "old", "/in/": "" },
): UploadSite {
  const memory = memoryFiles(tree, { mtime: YESTERDAY, writable: true });
  const { receiving } = memory;
  const files = space === undefined || receiving === undefined
    ? memory
    : { ...memory, receiving: { ...receiving, space: () => space } };
  const handler = createHandler({
    root: "/",
    files,
    clock: { now: () => NOW },
    log: false,
    upload,
    ...options,
  });
  return {
    fetch: async (path, init) =>
      await handler(new Request(`http://localhost${path}`, init), {
        address: "192.0.2.1",
        ...init?.peer,
      }),
    tree,
    files,
    text: (path) => textOf(tree[path]),
    paths: () => Object.keys(tree).sort(),
  };
}

function textOf(file: MemoryFile | undefined): string | undefined {
  if (file === undefined || typeof file === "string") return file;
  return file instanceof Uint8Array
    ? new TextDecoder().decode(file)
    : textOf(file.content);
}

/** A request that sends bytes, with their length, as clients do. */
export function sending(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  method = "PUT",
): RequestInit {
  const bytes = typeof body === "string"
    ? new TextEncoder().encode(body)
    : body;
  return {
    method,
    body: bytes,
    headers: { "content-length": String(bytes.length), ...headers },
  };
}
