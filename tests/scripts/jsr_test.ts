/** What would be published to JSR: only what users need, and all of it documented. */

import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { PROJECT } from "../support/program.ts";

Deno.test("JSR: the dry run is clean, and the files are those that users need", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  assert(success, text);
  assert(!/^(?:warning|error)|\[[\w-]*slow/im.test(text), text);
  const prefix = new URL("../../", import.meta.url).href;
  const files = text.split("\n").flatMap((line) =>
    /^ +(file:\S+) \(/.exec(line)?.[1]?.slice(prefix.length) ?? []
  );
  const others = files.filter((file) =>
    !/^lib\/(?:[\w/]+\.ts|\w+\/docs\.md)$/.test(file)
  );
  assertEquals([...new Set(others)].sort(), [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "deno.json",
    "lib/pages/listing.schema.json",
    "main.ts",
    // The typed face of @std where JSR cannot be reached; Deno counts it in.
    "scripts/std/cli/parse_args.ts",
    "scripts/std/html/entities.ts",
    "scripts/std/http/status.ts",
    "scripts/std/path/from_file_url.ts",
  ]);
  for (const path of Object.values(config.exports)) {
    assert(files.includes(path.slice(2)), path);
  }
});

Deno.test("JSR: the task doc checks every export, and Bun knows those that the sources name", () => {
  const { command } = config.tasks.doc;
  for (const path of Object.values(config.exports)) {
    assert(command.split(" ").includes(path.slice(2)), path);
    const source = Deno.readTextFileSync(PROJECT + path.slice(2));
    assert(/^\/\*\*[^]*?@module/.test(source), path);
  }
});
