/**
 * The keys that settings of TLS stand for.
 *
 * @module
 */

import type { TlsKeys } from "../certificates.ts";
import type { Runtime } from "../ports.ts";
import type { HttpsSettings } from "./https.ts";

/** Keys, or why there are none. */
export type LoadedKeys =
  | { readonly kind: "keys"; readonly pair: { readonly keys: TlsKeys } }
  | {
    readonly kind: "failed";
    readonly misused: boolean;
    readonly message: string;
  };

/**
 * What gets the keys: at the start, and whenever they may be others.
 *
 * @param https What the user wants of TLS.
 * @param runtime The runtime.
 * @returns A function that may be called again.
 */
export function keyLoader(
  { source }: HttpsSettings,
  { files }: Pick<Runtime, "files">,
): () => Promise<LoadedKeys> {
  const read = async (path: string): Promise<string> => {
    const file = await files.open(path);
    if (file === undefined) throw new Error(`cannot read "${path}"`);
    const span = { start: 0, end: file.stat.size - 1 };
    const content = await file.content([span], false);
    return await new Response(content?.body ?? null).text();
  };
  return async () => {
    try {
      const keys = {
        cert: await read(source.cert),
        key: await read(source.key),
      };
      return { kind: "keys", pair: { keys } };
    } catch (error) {
      const message = error instanceof Error ? error.message : "";
      return { kind: "failed", misused: false, message };
    }
  };
}
