/**
 * Writes the table of media types, `lib/http/media_type_table.ts`, from the database of
 * `@std/media-types`: `deno task media-types`.
 *
 * @module
 */

import * as std from "deno-std/media_types/_db.js";

const TABLE = new URL("../lib/http/media_type_table.ts", import.meta.url);
const COLUMNS = 130;

const HEAD = `/**
 * Media types and their extensions: what \`deno task media-types\` makes of the database of
 * \`@std/media-types\` (mime-db).
 *
 * @module
 */

/** By top-level type: \`subtype extension...\`, ended by semicolons. */
export const MEDIA_TYPE_TABLE: Readonly<Record<string, string>> = {
`;

function mediaTypeTable(): string {
  const byType: ReadonlyMap<string, string[]> = Map.groupBy(
    std.types.keys(),
    (extension: string) => std.types.get(extension),
  );
  const byTopLevel = Map.groupBy(byType, ([type]) => type.split("/")[0] ?? "");
  const properties = [...byTopLevel].map(([topLevel, types]) => {
    const entries = types.map(([type, extensions]) =>
      [type.slice(topLevel.length + 1), ...extensions].join(" ")
    );
    const key = topLevel.includes("-") ? `"${topLevel}"` : topLevel;
    return `  ${key}: \`${wrap(entries)}\`,\n`;
  });
  return HEAD + properties.join("") + "};\n";
}

/** Ends entries by semicolons, and some of them by line feeds, too. */
function wrap(entries: readonly string[]): string {
  const lines = [""];
  for (const entry of entries) {
    const line = lines.at(-1) ?? "";
    if (line.length + entry.length < COLUMNS) {
      lines[lines.length - 1] = `${line}${entry};`;
    } else lines.push(`${entry};`);
  }
  return lines.join("\n");
}

await Deno.writeTextFile(TABLE, mediaTypeTable());
