/**
 * The fields of a request (RFC 9110 §5), as a core reads them.
 *
 * @module
 */

/**
 * The fields of a request; those with one name are joined (RFC 9110 §5.3). A text, and where its
 * names and lines begin and end: of what a browser sends, a few fields are asked for.
 */
export class RequestFields implements Iterable<[string, string]> {
  /** No fields. */
  static readonly none: RequestFields = new RequestFields("", []);
  readonly #section: string;
  /** The places where each name begins, where it ends, and where its line does. */
  readonly #places: readonly number[];

  private constructor(section: string, places: readonly number[]) {
    this.#section = section;
    this.#places = places;
  }

  /** Reads well-formed lines; `undefined` where there are too many. */
  static parse(section: string, most: number): RequestFields | undefined {
    const places: number[] = [];
    for (let at = 0; at < section.length;) {
      if (places.length === 3 * most) return undefined;
      const colon = section.indexOf(":", at);
      const end = section.indexOf("\r\n", colon);
      places.push(at, colon, end);
      at = end + 2;
    }
    return new RequestFields(section, places);
  }

  get(name: string): string | null {
    let place = this.#find(name, 0);
    if (place < 0) return null;
    let value = this.#valueAt(place);
    while ((place = this.#find(name, place + 3)) >= 0) {
      const separator = name.toLowerCase() === "cookie" ? "; " : ", ";
      value += separator + this.#valueAt(place);
    }
    return value;
  }

  has(name: string): boolean {
    return this.#find(name, 0) >= 0;
  }

  /** Whether a field was there several times. */
  isRepeated(name: string): boolean {
    const first = this.#find(name, 0);
    return first >= 0 && this.#find(name, first + 3) >= 0;
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (let place = 0; place < this.#places.length; place += 3) {
      const name = this.#section
        .slice(this.#places[place], this.#places[place + 1]).toLowerCase();
      const isFirst = this.#find(name, 0) === place;
      if (isFirst) yield [name, this.get(name) ?? ""];
    }
  }

  /** The place of the next field of a name; a negative number where there is none. */
  #find(name: string, from: number): number {
    const places = this.#places;
    for (let place = from; place < places.length; place += 3) {
      const start = places[place] ?? 0;
      const colon = places[place + 1] ?? 0;
      if (isNamed(this.#section, start, colon, name)) return place;
    }
    return -1;
  }

  #valueAt(place: number): string {
    const colon = this.#places[place + 1] ?? 0;
    return trim(this.#section, colon + 1, this.#places[place + 2] ?? 0);
  }
}

/** Whether a part of a text is a name, in any case (RFC 9110 §5.1). */
function isNamed(
  text: string,
  start: number,
  end: number,
  name: string,
): boolean {
  if (end - start !== name.length) return false;
  for (let at = 0; at < name.length; at++) {
    const code = text.charCodeAt(start + at);
    if (lower(code) !== lower(name.charCodeAt(at))) return false;
  }
  return true;
}

function lower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

/** Without spaces and tabs around it (RFC 9110 §5.5). */
function trim(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
