/**
 * Text files that the program itself reads and writes. Types only.
 *
 * @module
 */

/** The text of a file, or in words why it cannot be read. */
export type TextResult =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "failed"; readonly message: string };

/** A file that text is added to. */
export interface Appending {
  /** It is open. */
  readonly kind: "open";
  /** Adds text at once and in one piece; tells in words why it could not. */
  readonly write: (text: string) => string | undefined;
  /** Opens the file of that name anew, where the old one was renamed; tells in words why it could not. */
  readonly reopen: () => string | undefined;
}

/** Why a file could not be opened. */
export interface AppendFailure {
  /** It is not open. */
  readonly kind: "failed";
  /** Why. */
  readonly message: string;
}
