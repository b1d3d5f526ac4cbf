/**
 * The outputs of the program on Deno.
 *
 * @module
 */

/**
 * Writes all of a text. An output that nobody reads any more (`serve | head -1`) is no
 * reason to stop serving.
 *
 * @param output The standard output or error output.
 * @param text The text.
 */
export function write(output: typeof Deno.stdout, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) {
      at += output.writeSync(bytes.subarray(at));
    }
  } catch {
    return;
  }
}
