/** What is kept of what the program was allowed. */
import { assertEquals } from "@std/assert";
import { posix } from "node:path";
import type { Permissions } from "../../lib/ports/processes.ts";
import { parseCommandLine } from "../support/command_line.ts";
import { requiredPermissions } from "../../lib/program/permissions.ts";

const ROOT = "/srv/site";
const NOTHING: Permissions = {
  read: [ROOT],
  run: false,
  write: [],
  environment: false,
};
const SCRIPTS: Permissions = {
  read: undefined,
  run: true,
  write: undefined,
  environment: true,
};

async function needsOf(
  words: readonly string[],
  root = ROOT,
  realPath: (path: string) => string | undefined = (path) => path,
): Promise<Permissions> {
  const line = parseCommandLine(words);
  if (line.kind !== "serve") throw new Error(words.join(" "));
  return await requiredPermissions(line.settings, root, {
    files: { realPath },
    paths: posix,
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
    [["--config", "c.json"], { read: [ROOT, "c.json"] }],
    [["-b", "unix:/run/a"], { read: [ROOT, "/run/a"], write: ["/run/a"] }],
    [["-b", "::1", "-b", "unix:/run/a"], {
      read: [ROOT, "/run/a"],
      write: ["/run/a"],
    }],
    [["--log-file", "a.log"], { write: ["a.log"] }],
    [["--upload"], { write: [ROOT] }],
    [["--upload=in/box", "--log-file", "a.log"], {
      write: ["a.log", `${ROOT}/in/box`],
    }],
    [["--upload", "--cgi"], SCRIPTS],
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
    const needs = await needsOf([], root, () => realPath);
    assertEquals(needs.read, read, root);
  }
});

Deno.test("requiredPermissions() is to write everything where a link leads to the directory that receives files", async () => {
  const rows: Array<[string, string, Permissions["write"]]> = [
    ["/srv/site/in", "/srv/site/in", ["/srv/site/in"]],
    ["/srv/site/in", "/mnt/large", undefined],
  ];
  for (const [path, leadsTo, expected] of rows) {
    const { write } = await needsOf(
      ["--upload=in"],
      ROOT,
      (asked) => asked === path ? leadsTo : asked,
    );
    assertEquals(write, expected);
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
    [{ ...NOTHING, write: ["/srv/log"] }, "read,net,write"],
    [SCRIPTS, "read,net,write,run,env"],
  ];
  for (const [needs, expected] of rows) {
    const descriptors = names.map((name) => ({ name }));
    const granted = await permittedAfter(["--allow-all"], needs, descriptors);
    const kept = names.filter((_, index) => granted[index]).join();
    assertEquals(kept, expected);
  }
});

for (const name of ["read", "write"] as const) {
  Deno.test(`on Deno, of all that may be ${name} only what is needed is kept`, async () => {
    const paths = [
      "/srv/site/a",
      "/srv/site",
      "/srv/other",
      "/srv",
      "/etc",
      "/",
    ];
    const [site, all] = ["110000", "111111"];
    const flag = `--allow-${name}`;
    const rows: Array<[string, readonly string[] | undefined, string]> = [
      [`${flag}=/`, ["/srv/site"], site],
      [`${flag}=/`, ["/srv/site", "/etc/passwd"], site],
      [`${flag}=/`, ["/srv/site/"], site],
      [`${flag}=/`, ["/"], all],
      [`${flag}=/`, undefined, all],
      [`${flag}=/,/srv/site`, ["/srv/site"], site],
      // A user's own list is let alone, and so is what cannot be narrowed.
      [`${flag}=/srv/site`, ["/srv/site", "/srv/other"], site],
      [flag, ["/srv/site"], all],
    ];
    for (const [flag, kept, expected] of rows) {
      const granted = await permittedAfter(
        [flag],
        { ...NOTHING, [name]: kept },
        paths.map((path) => ({ name, path })),
      );
      const digits = granted.map(Number).join("");
      assertEquals(digits, expected, `${flag} ${kept}`);
    }
  });
}
