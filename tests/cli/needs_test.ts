/** What is kept of what the program was allowed. */
import { assertEquals } from "@std/assert";
import type { Permissions } from "../../lib/ports/processes.ts";
import { parseCommandLine } from "../../lib/program/command_line.ts";
import { requiredPermissions } from "../../lib/program/permissions.ts";

const ROOT = "/srv/site";
const NOTHING: Permissions = {
  read: [ROOT],
  run: false,
  write: false,
  environment: false,
};
const SCRIPTS: Permissions = {
  read: undefined,
  run: true,
  write: true,
  environment: true,
};

async function needsOf(
  words: readonly string[],
  root = ROOT,
  realPath: string | undefined = ROOT,
): Promise<Permissions> {
  const line = parseCommandLine(words);
  if (line.kind !== "serve") throw new Error(words.join(" "));
  return await requiredPermissions(line.settings, root, {
    realPath: () => realPath,
  });
}

Deno.test("requiredPermissions() is what the flags need, and nothing for the others", async () => {
  const rows: Array<[string[], Partial<Permissions>]> = [
    [[], {}],
    [["0", "public", "-b", "::1", "--cors"], {}],
    [["--tls-cert", "a", "--tls-key", "b"], { read: [ROOT, "a", "b"] }],
    [["--tls-cert", "/a", "--tls-password-file", "c"], {
      read: [ROOT, "/a", "/a", "c"],
    }],
    [["--tls-self-signed"], {}],
    [["--basic-auth-file", "u"], { read: [ROOT, "u"] }],
    [["-b", "unix:/run/a"], { read: [ROOT, "/run/a"], write: true }],
    [["-b", "::1", "-b", "unix:/run/a"], {
      read: [ROOT, "/run/a"],
      write: true,
    }],
    [["--log-file", "a.log"], { write: true }],
    [["--open"], { run: true }],
    [["--follow-symlinks"], { read: undefined }],
    [["--workers", "2"], { read: undefined }],
    [["--cgi"], SCRIPTS],
    [["--cgi-ext", ".php=php-cgi"], SCRIPTS],
  ];
  for (const [words, expected] of rows) {
    const needs = await needsOf(words);
    assertEquals(needs, { ...NOTHING, ...expected }, words.join(" "));
  }
});

Deno.test("requiredPermissions() is to read everything where the directory is reached through a link", async () => {
  const rows: Array<[string, string | undefined, Permissions["read"]]> = [
    ["/srv/site", "/srv/site", ["/srv/site"]],
    ["/srv/site/", "/srv/site", ["/srv/site"]],
    ["/srv/a/../site", "/srv/site", ["/srv/site"]],
    ["/", "/", ["/"]],
    ["/srv/current", "/srv/releases/5", undefined],
  ];
  for (const [root, realPath, read] of rows) {
    const needs = await needsOf([], root, realPath);
    assertEquals(needs.read, read, root);
  }
});

/** What Deno still permits behind keepOnly(). */
async function permittedAfter(
  permissions: readonly string[],
  needs: Permissions,
  descriptors: readonly Deno.PermissionDescriptor[],
): Promise<boolean[]> {
  const module = new URL("../../lib/runtime/deno.ts", import.meta.url);
  const code = `import { denoRuntime } from "${module}";
    denoRuntime().keepOnly(${JSON.stringify(needs)});
    console.log(JSON.stringify(${JSON.stringify(descriptors)}.map((one) =>
      Deno.permissions.querySync(one).state === "granted")));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--no-prompt",
      ...permissions,
      `data:text/javascript,${encodeURIComponent(code)}`,
    ],
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("on Deno what is not needed is given back", async () => {
  const names = ["read", "net", "write", "run", "env", "ffi"] as const;
  const rows: Array<[Permissions, string]> = [
    [NOTHING, "read,net"],
    [{ ...NOTHING, write: true }, "read,net,write"],
    [SCRIPTS, "read,net,write,run,env"],
  ];
  for (const [needs, expected] of rows) {
    const descriptors = names.map((name) => ({ name }));
    const granted = await permittedAfter(["--allow-all"], needs, descriptors);
    const kept = names.filter((_, index) => granted[index]).join();
    assertEquals(kept, expected);
  }
});

Deno.test("on Deno, of all that may be read only what is needed is kept", async () => {
  const paths = ["/srv/site/a", "/srv/site", "/srv/other", "/srv", "/etc", "/"];
  const [site, all] = ["110000", "111111"];
  const rows: Array<[string, Permissions["read"], string]> = [
    ["--allow-read=/", ["/srv/site"], site],
    ["--allow-read=/", ["/srv/site", "/etc/passwd"], site],
    ["--allow-read=/", ["/srv/site/"], site],
    ["--allow-read=/", ["/"], all],
    ["--allow-read=/", undefined, all],
    ["--allow-read=/,/srv/site", ["/srv/site"], site],
    // A user's own list is let alone, and so is what cannot be narrowed.
    ["--allow-read=/srv/site", ["/srv/site", "/srv/other"], site],
    ["--allow-read", ["/srv/site"], all],
  ];
  for (const [flag, read, expected] of rows) {
    const granted = await permittedAfter(
      [flag],
      { ...NOTHING, read },
      paths.map((path) => ({ name: "read", path })),
    );
    const digits = granted.map(Number).join("");
    assertEquals(digits, expected, `${flag} ${read}`);
  }
});
