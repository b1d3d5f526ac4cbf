/**
 * The fields of a request (RFC 9110 §5), as a core reads them.
 *
 * @module
 */

/** The fields of a request; those with one name are joined (RFC 9110 §5.3). */
export class RequestFields implements Iterable<[string, string]> {
  readonly #names: readonly string[];
  readonly #values: readonly string[];
  readonly #repeated: readonly string[];

  /** Names in lower case, each once, their values, and the names that were there several times. */
  constructor(
    names: readonly string[],
    values: readonly string[],
    repeated: readonly string[] = [],
  ) {
    this.#names = names;
    this.#values = values;
    this.#repeated = repeated;
  }

  /** Reads well-formed lines; `undefined` where there are too many. */
  static parse(section: string, most: number): RequestFields | undefined {
    const names: string[] = [];
    const values: string[] = [];
    const repeated: string[] = [];
    let count = 0;
    for (let at = 0; at < section.length;) {
      if (count++ === most) return undefined;
      const colon = section.indexOf(":", at);
      const end = section.indexOf("\r\n", colon);
      const name = section.slice(at, colon).toLowerCase();
      const value = trim(section, colon + 1, end);
      const index = names.indexOf(name);
      if (index < 0) {
        names.push(name);
        values.push(value);
      } else {
        repeated.push(name);
        values[index] += (name === "cookie" ? "; " : ", ") + value;
      }
      at = end + 2;
    }
    return new RequestFields(names, values, repeated);
  }

  get(name: string): string | null {
    const index = this.#names.indexOf(name.toLowerCase());
    return index < 0 ? null : this.#values[index] ?? null;
  }

  has(name: string): boolean {
    return this.#names.includes(name.toLowerCase());
  }

  /** Whether a field was there several times. */
  isRepeated(name: string): boolean {
    return this.#repeated.length > 0 && this.#repeated.includes(name);
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (const [index, name] of this.#names.entries()) {
      yield [name, this.#values[index] ?? ""];
    }
  }
}

/** Without spaces and tabs around it (RFC 9110 §5.5). */
function trim(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
