/**
 * Runs every test there is and ends with a plain line that anybody can count:
 * `N passed, N failed`. Arguments are passed on to `deno test`.
 *
 * @module
 */

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
const decoder = new TextDecoder();
for await (const chunk of child.stdout) {
  Deno.stdout.writeSync(chunk);
  text += decoder.decode(chunk, { stream: true });
}
const { code } = await child.status;
const [, passed, failed, ignored] =
  /(\d+) passed(?: \([^)]*\))? \| (\d+) failed(?:.*?\| (\d+) ignored)?/.exec(
    text,
  ) ??
    ["", "0", "1"];
const skipped = ignored === undefined ? "" : `, ${ignored} skipped`;
const line = `${passed} passed, ${failed} failed${skipped}\n`;
Deno.stdout.writeSync(new TextEncoder().encode(line));
Deno.exit(code === 0 && failed !== "0" ? 1 : code);
