/**
 * A URL as a QR code (ISO/IEC 18004), for the camera of a telephone.
 *
 * @module
 */

/** Dark and light of the fixed part of 256 colours: themes of terminals do not change them. */
const DARK_ON_LIGHT = "\x1b[38;5;16;48;5;231m";
const PLAIN = "\x1b[0m";
const INDENT = "  ";
/** By what is inked: nothing, the lower half, the upper half, both. */
const BLOCKS = [" ", "▄", "▀", "█"] as const;

/**
 * A QR code of a URL.
 *
 * @param url The URL.
 * @param hasColors Whether there may be colours.
 * @returns Lines of half blocks, each ended by a line feed.
 */
export async function qrText(url: string, hasColors: boolean): Promise<string> {
  const { encodeQR } = await import("qr"); // only who wants a code waits for it
  return drawModules(encodeQR(url, "raw", { ecc: "low" }), hasColors);
}

/**
 * Draws two rows of modules in a line. With colours dark is dark. Without them the ink is
 * light, as it is on most terminals, and cameras read the opposite as well.
 *
 * @param modules Rows of modules, `true` for dark, with their light border.
 * @param hasColors Whether there may be colours.
 * @returns Lines of half blocks, each ended by a line feed.
 */
export function drawModules(
  modules: ReadonlyArray<readonly boolean[]>,
  hasColors: boolean,
): string {
  const inkOf = (dark: boolean | undefined) => (dark ?? false) === hasColors;
  const lines: string[] = [];
  for (let y = 0; y < modules.length; y += 2) {
    const line = (modules[y] ?? []).map((upper, x) =>
      BLOCKS[(inkOf(upper) ? 2 : 0) + (inkOf(modules[y + 1]?.[x]) ? 1 : 0)]
    ).join("");
    lines.push(hasColors ? `${DARK_ON_LIGHT}${line}${PLAIN}` : line);
  }
  return lines.map((line) => `${INDENT}${line}\n`).join("");
}
