/** What is left to do when a program ends, whatever ends it. */

import { assertEquals } from "@std/assert";
import {
  moduleCommand,
  PROJECT,
  RUNTIMES,
  temporaryDirectory,
} from "../support/program.ts";

const ENDS: Readonly<Record<string, string>> = {
  "its last line": "",
  "exit()": "runtime.exit(0);",
  "what is thrown": "setTimeout(() => { throw new Error(); });",
  "a promise": "void Promise.reject(new Error());",
};

for (const runtime of RUNTIMES) {
  Deno.test(`${runtime}: onExit() calls back, whatever ends the program`, async () => {
    using directory = temporaryDirectory();
    for (const [index, [end, text]] of Object.entries(ENDS).entries()) {
      const path = `${directory.path}/end${index}.ts`;
      Deno.writeTextFileSync(
        path,
        `import { currentRuntime } from "${PROJECT}lib/runtime/mod.ts";
const runtime = currentRuntime();
runtime.onExit(() => runtime.print("told\\n"));
${text}
`,
      );
      const [program, ...args] = await moduleCommand(runtime, path);
      const { stdout } = await new Deno.Command(program, {
        args,
        stderr: "null",
      }).output();
      assertEquals(new TextDecoder().decode(stdout), "told\n", end);
    }
  });
}
