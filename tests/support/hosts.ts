/** Requests for the rules of hosts. */

import type { AskedPath } from "../../lib/hosts/host_rules.ts";

/** A path of a request in both forms; the directory slash is an empty name. */
export function toAsked(target: string): AskedPath {
  const [path = "", query] = target.split("?");
  const encoded = new URL(`http://localhost${path}`).pathname.slice(1);
  return {
    decoded: path.slice(1).split("/").map(decodeURIComponent),
    encoded: encoded.split("/"),
    query: query === undefined ? "" : `?${query}`,
    host: "localhost",
  };
}
