/** The contract, on every runtime and for the executable. */

import { SUBJECTS, temporaryDirectory } from "../support/program.ts";
import { CONTRACT, furnish, startSubject } from "./contract.ts";

for (const name of SUBJECTS) {
  Deno.test(`program contract on ${name}`, async (t) => {
    using directory = temporaryDirectory();
    await furnish(directory.path);
    const subject = await startSubject(name, directory.path);
    await using _program = subject.program;
    for (const { name, check } of CONTRACT) {
      await t.step(name, () => check(subject));
    }
  });
}
