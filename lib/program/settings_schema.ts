/**
 * The JSON Schema of a file of settings, made from the table of flags: editors complete and check
 * the file by it.
 *
 * @module
 */

import { type FlagRow, isFileSetting, takesBoolean } from "./flag.ts";
import { FLAG_TABLE } from "./flags.ts";

type Schema = Readonly<Record<string, unknown>>;

/** What a number stands for, by the name of the value. */
const NUMBERS: Readonly<Record<string, Schema>> = {
  PORT: { type: "integer", minimum: 0, maximum: 65_535 },
  NUMBER: { type: "integer", minimum: 1 },
  SECONDS: { type: "number", minimum: 0 },
  BYTES: { type: "integer", minimum: 0 },
};

/** The text of a number, or of one with a unit, by the name of the value. */
const PATTERNS: Readonly<Record<string, string>> = {
  PORT: String.raw`^\d+$`,
  NUMBER: String.raw`^\d+$`,
  SECONDS: String.raw`^\d+(?:\.\d+)?$`,
  BYTES: String.raw`^\d+[KMGkmg]?$`,
  TIME: String.raw`^\d{1,6}[smhdSMHD]$`,
};

/** Whether the value of a flag is written as a number. */
export function takesNumber([name = ""]: readonly string[]): boolean {
  return NUMBERS[name] !== undefined;
}

export function settingsSchema(): string {
  const rows = FLAG_TABLE.filter(isFileSetting);
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Settings of serve",
    description: "Every flag of serve by its name; serve --help all has more.",
    type: "object",
    properties: {
      $schema: {
        type: "string",
        description: "The path or URL of this schema",
      },
      ...Object.fromEntries(rows.map((row) => [row.name, propertyOf(row)])),
    },
    additionalProperties: false,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function propertyOf(row: FlagRow): Schema {
  const fallback = defaultOf(row);
  return {
    description: row.help,
    ...oneOf(alternatives(row)),
    ...fallback === undefined ? {} : { default: fallback },
  };
}

function alternatives(row: FlagRow): readonly Schema[] {
  const values = row.values.length === 0 ? [] : valueSchemas(row);
  return [
    ...takesBoolean(row) ? [{ type: "boolean" }] : [],
    ...values,
    ...row.repeatable === true ? [{ type: "array", items: oneOf(values) }] : [],
  ];
}

function oneOf(schemas: readonly Schema[]): Schema {
  const [first = {}, ...more] = schemas;
  return more.length === 0 ? first : { anyOf: schemas };
}

function valueSchemas({ values, choices, closed }: FlagRow): readonly Schema[] {
  if (closed === true) return [{ enum: choices }];
  const [name = ""] = values;
  const number = NUMBERS[name];
  const pattern = PATTERNS[name];
  const text = { type: "string", minLength: 1, ...pattern && { pattern } };
  if (number === undefined) {
    return [{ ...text, ...choices && { examples: choices } }];
  }
  const words = choices === undefined ? [] : [{ enum: choices }];
  return [number, ...words, text];
}

/** The value that holds where none is given, if JSON has it. */
export function defaultOf(row: FlagRow): string | number | boolean | undefined {
  const value = row.read(undefined, row.name);
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    default:
      return undefined;
  }
}
