/**
 * Errors for values that cannot be used.
 *
 * @module
 */

/** The error that a template says, with its values as JSON. */
export function typeError(
  texts: TemplateStringsArray,
  ...values: readonly unknown[]
): TypeError {
  const quoted = values.map((value) => JSON.stringify(value));
  return new TypeError(String.raw({ raw: texts }, ...quoted));
}
