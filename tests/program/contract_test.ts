/** The contract, on Deno, on Bun and for the executable. */

import { runtimeOf, SUBJECTS, temporaryDirectory } from "../support/program.ts";
import { CONTRACT, furnish, startSubject } from "./contract.ts";

for (const name of SUBJECTS) {
  const runtime = runtimeOf(name);
  Deno.test(`program contract on ${name}`, async (t) => {
    using directory = temporaryDirectory();
    await furnish(directory.path);
    const subject = await startSubject(name, directory.path);
    await using _program = subject.program;
    for (const { name, except, check } of CONTRACT) {
      const reason = except?.[runtime];
      await t.step({
        name: reason === undefined ? name : `${name} (${runtime} ${reason})`,
        ignore: reason !== undefined,
        fn: () => check(subject),
      });
    }
  });
}
