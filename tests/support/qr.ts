/** What a camera would read from a terminal. */

import decodeQR from "qr/decode.js";

const BLOCK_REGEXP = /[█▀▄]/;
/** Pixels of a module: one is too few for a decoder that expects photographs. */
const SCALE = 4;

/** Reads the QR code in a printed text: dark ink on light with colours, else the opposite. */
export function decodeText(text: string): string {
  const hasColors = text.includes("\x1b[38;5;16;48;5;231m");
  const lines = text.split("\n")
    .filter((line) => BLOCK_REGEXP.test(line))
    // deno-lint-ignore no-control-regex
    .map((line) => [...line.slice(2).replaceAll(/\x1b\[[\d;]*m/g, "")]);
  const rows = lines.flatMap((line) => [
    line.map((block) => "█▀".includes(block) === hasColors),
    line.map((block) => "█▄".includes(block) === hasColors),
  ]);
  const height = rows.length * SCALE;
  const width = (rows[0]?.length ?? 0) * SCALE;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dark = rows[Math.floor(y / SCALE)]?.[Math.floor(x / SCALE)];
      if (dark === true) {
        data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
      }
    }
  }
  return decodeQR({ width, height, data });
}
