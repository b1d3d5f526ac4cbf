/** Runs the rows of the table of classes on whatever runtime this is: a line of JSON for each. */

import process from "node:process";
import { CLASS_ROWS } from "./class_rows.ts";

for (const [name, check] of CLASS_ROWS) {
  const failure = await Promise.resolve().then(check).then(
    () => null,
    (error) => String(error.stack ?? error),
  );
  process.stdout.write(`${JSON.stringify([name, failure])}\n`);
}
