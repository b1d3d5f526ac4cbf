/**
 * Runs every test there is and ends with what failed, and a plain line that anybody can count:
 * `N passed, N failed`. Arguments are passed on to `deno test`.
 *
 * @module
 */

import { failuresOf } from "./failures.ts";

/** How long nothing may be printed, in milliseconds: a test that waits for ever stops all others. */
const SILENCE_MS = 900_000;

const command = new Deno.Command(Deno.execPath(), {
  args: [
    "test",
    "--allow-all",
    "--doc",
    "--sanitize-ops",
    "--sanitize-resources",
    "--trace-leaks",
    ...Deno.args.length > 0
      ? Deno.args
      : ["tests", "lib", "main.ts", "README.md"],
  ],
  env: { NO_COLOR: "1" },
  stdout: "piped",
});
const child = command.spawn();
let text = "";
let isSilent = false;
const giveUp = (): void => {
  isSilent = true;
  child.kill("SIGKILL");
};
let timer = setTimeout(giveUp, SILENCE_MS);
const decoder = new TextDecoder();
for await (const chunk of child.stdout) {
  clearTimeout(timer);
  timer = setTimeout(giveUp, SILENCE_MS);
  Deno.stdout.writeSync(chunk);
  text += decoder.decode(chunk, { stream: true });
}
clearTimeout(timer);
const { code } = await child.status;
const [, passed, failed, ignored] =
  /(\d+) passed(?: \([^)]*\))? \| (\d+) failed(?:.*?\| (\d+) ignored)?/.exec(
    text,
  ) ??
    ["", "0", "1"];
const skipped = ignored === undefined ? "" : `, ${ignored} skipped`;
const silence = isSilent
  ? `\nNothing was printed for ${SILENCE_MS / 60_000} minutes behind this.\n`
  : "";
const end = `${silence}${
  failuresOf(text)
}${passed} passed, ${failed} failed${skipped}\n`;
Deno.stdout.writeSync(new TextEncoder().encode(end));
Deno.exit(code === 0 && failed !== "0" ? 1 : code);
