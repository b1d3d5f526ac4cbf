/**
 * What this project uses of `@std/assert`, typed.
 *
 * @module
 */

import * as std from "deno-std/assert/mod.js";

/** Fails unless the value is truthy. */
export const assert: (value: unknown, message?: string) => asserts value =
  std.assert;

/** Fails unless the two values are deeply equal. */
export const assertEquals: <T>(
  actual: T,
  expected: T,
  message?: string,
) => void = std.assertEquals;

/** Fails unless the text matches the expression. */
export const assertMatch: (
  actual: string,
  expected: RegExp,
  message?: string,
) => void = std.assertMatch;

/** Fails unless the text includes the other. */
export const assertStringIncludes: (
  actual: string,
  expected: string,
  message?: string,
) => void = std.assertStringIncludes;

/** Fails unless the function throws an error of the class, with the text in its message. */
export const assertThrows: (
  action: () => unknown,
  errorClass?: new (...args: never[]) => Error,
  messageIncludes?: string,
) => void = std.assertThrows;

/** Fails unless the promise is rejected. */
export const assertRejects: (action: () => Promise<unknown>) => Promise<Error> =
  std.assertRejects;
