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
  return new TypeError(String.raw({ raw: texts }, ...values.map(quote)));
}

/** What has no JSON is told by its type: functions, symbols, circles. */
function quote(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return typeof value;
  }
}
