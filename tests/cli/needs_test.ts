/** What is kept of what the program was allowed. */

import { assertEquals } from "@std/assert";
import { permissionNeeds } from "../../lib/cli/needs.ts";
import { parseCommandLine } from "../../lib/cli/parse.ts";
import type { Permissions } from "../../lib/processes.ts";

const NOTHING: Permissions = { run: false, write: false, environment: false };

Deno.test("permissionNeeds() is what the flags need, and nothing for the others", () => {
  const rows: Array<[string[], Partial<Permissions>]> = [
    [[], {}],
    [["0", "public", "-b", "::1", "--cors"], {}],
    [["--tls-cert", "a", "--tls-key", "b"], {}],
    [["-b", "unix:/run/a"], { write: true }],
    [["-b", "::1", "-b", "unix:/run/a"], { write: true }],
    [["--log-file", "a.log"], { write: true }],
    [["--open"], { run: true }],
    [["--cgi"], { run: true, write: true, environment: true }],
    [["--cgi-ext", ".php=php-cgi"], {
      run: true,
      write: true,
      environment: true,
    }],
  ];
  for (const [words, expected] of rows) {
    const line = parseCommandLine(words);
    if (line.kind !== "serve") throw new Error(words.join(" "));
    const needs = permissionNeeds(line.settings);
    assertEquals(needs, { ...NOTHING, ...expected }, words.join(" "));
  }
});

Deno.test("on Deno what is not needed is given back", async () => {
  const module = new URL("../../lib/runtime/deno.ts", import.meta.url);
  const rows: Array<[Permissions, string]> = [
    [NOTHING, "read,net"],
    [{ ...NOTHING, write: true }, "read,net,write"],
    [{ run: true, write: true, environment: true }, "read,net,write,run,env"],
  ];
  for (const [needs, expected] of rows) {
    const code = `import { denoRuntime } from "${module}";
      denoRuntime().keepOnly(${JSON.stringify(needs)});
      const names = ["read", "net", "write", "run", "env", "ffi"];
      console.log(names.filter((name) =>
        Deno.permissions.querySync({ name }).state === "granted").join());`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-all",
        "--no-check",
        `data:text/javascript,${encodeURIComponent(code)}`,
      ],
    }).output();
    assertEquals(new TextDecoder().decode(stdout).trim(), expected);
  }
});
