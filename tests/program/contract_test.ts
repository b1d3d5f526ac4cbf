/** The contract, on Deno and on Bun. */

import { RUNTIMES, temporaryDirectory } from "../support/program.ts";
import { CONTRACT, furnish, startSubject } from "./contract.ts";

for (const runtime of RUNTIMES) {
  Deno.test(`program contract on ${runtime}`, async (t) => {
    using directory = temporaryDirectory();
    furnish(directory.path);
    const subject = await startSubject(runtime, directory.path);
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
