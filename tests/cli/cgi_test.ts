import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  checkCgi,
  scriptNotice,
  sourceNotice,
} from "../../lib/program/checks.ts";
import { parseCommandLine } from "../support/command_line.ts";
import { cgiOptions } from "../../lib/program/prepare.ts";
import type { Runtime, UserChoice } from "../../main.ts";
import { filesOf } from "../support/site.ts";

function settingsOf(...words: string[]) {
  const line = parseCommandLine(words);
  if (line.kind !== "serve") throw new Error(JSON.stringify(line));
  return line.settings.cgi;
}

function optionsOf(...words: string[]) {
  const settings = settingsOf(...words);
  if (settings === undefined) throw new Error("no CGI");
  return cgiOptions(
    settings,
    (name) => name === "HOME" ? "/home/me" : undefined,
  );
}

Deno.test("any flag for CGI turns it on, for the two directories and for others", () => {
  const directories = ["/cgi-bin", "/htbin"];
  assertEquals(settingsOf(), undefined);
  assertEquals(optionsOf("--cgi").directories, directories);
  assertEquals(
    optionsOf("--cgi-dir", "scripts", "--cgi-dir", "/sub/cgi").directories,
    [...directories, "scripts", "/sub/cgi"],
  );
  assertEquals(optionsOf("--cgi-timeout", "5").directories, directories);
});

Deno.test("flags become options", () => {
  assertEquals(
    optionsOf("--cgi-ext", ".py=python3 -u,.pl=perl", "--cgi-ext=.php=php-cgi")
      .extensions,
    {
      ".py": ["python3", "-u"],
      ".pl": ["perl"],
      ".php": ["php-cgi"],
    },
  );
  assertEquals(
    optionsOf("--cgi-env", "A=b=c", "--cgi-env", "E=", "--cgi-env", "HOME")
      .environment,
    {
      A: "b=c",
      E: "",
      HOME: "/home/me",
    },
  );
  const rows = [
    [["--cgi-timeout", "0.5"], { timeout: 500 }],
    [["--cgi-max-body", "10"], { maxBody: 10 }],
    [["--cgi-max-body", "10k"], { maxBody: 10_240 }],
    [["--cgi-max-body", "2G"], { maxBody: 2_147_483_648 }],
    [["--cgi-max-processes", "3"], { maxProcesses: 3 }],
    [["--cgi-user", "www-data"], { user: "www-data" }],
    [["--cgi-authorization"], { authorization: true }],
    [["--cgi-index-query"], { indexQuery: true }],
    [["--cgi-compress"], { compress: true }],
  ] as const;
  for (const [words, options] of rows) {
    assertEquals(settingsOf(...words)?.options, options);
  }
});

Deno.test("values that are none are refused in words", () => {
  const rows = [
    [
      ["--cgi-ext", "py=python3"],
      '--cgi-ext needs ".EXT=PROGRAM", not "py=python3"',
    ],
    [["--cgi-ext", ".py"], '--cgi-ext needs ".EXT=PROGRAM", not ".py"'],
    [["--cgi-ext", ".py= "], '--cgi-ext needs ".EXT=PROGRAM", not ".py= "'],
    [
      ["--cgi-timeout", "0"],
      '--cgi-timeout needs seconds, such as 30, not "0"',
    ],
    [
      ["--cgi-timeout", "5s"],
      '--cgi-timeout needs seconds, such as 30, not "5s"',
    ],
    [
      ["--cgi-max-body", "1T"],
      '--cgi-max-body needs bytes, such as 500K, 10M or 2G, not "1T"',
    ],
    [
      ["--cgi-max-body", "9".repeat(30)],
      "--cgi-max-body needs bytes, such as 500K, 10M or 2G",
    ],
    [
      ["--cgi-max-processes", "1.5"],
      "--cgi-max-processes needs 1 or more, such as 64",
    ],
  ] as const;
  for (const [words, start] of rows) {
    const line = parseCommandLine(words);
    assert(line.kind === "invalid" && line.message.startsWith(start), words[1]);
  }
  assertThrows(
    () => optionsOf("--cgi-env", "NONE"),
    TypeError,
    "it is not set",
  );
});

Deno.test("checkCgi() says before the first request why no script could be run", async () => {
  const files = filesOf({
    "/srv/cgi-bin/x": { content: "#!", executable: true },
    "/srv/cgi-bin/y": { content: "", executable: false },
    "/usr/bin/perl": { content: "", executable: true },
  });
  const check = async (
    words: readonly string[],
    user: UserChoice = { kind: "own" },
    permission?: string,
  ) => {
    const asked: string[] = [];
    const runtime = {
      files,
      processes: {
        environment: { PATH: "/bin:/usr/bin" },
        chooseUser: () => user,
      },
      missingRunPermission: (...programs: readonly string[][]) => {
        asked.push(...programs.flat());
        return permission;
      },
    } as unknown as Runtime;
    const settings = settingsOf("--cgi", ...words);
    if (settings === undefined) throw new Error("no CGI");
    return [await checkCgi(settings, "/srv", runtime), asked];
  };
  assertEquals(await check([]), [undefined, ["/srv/cgi-bin/x"]]);
  assertEquals(await check(["--cgi-ext", ".pl=perl"]), [
    undefined,
    ["/srv/cgi-bin/x", "perl"],
  ]);
  assertEquals(
    (await check([], undefined, "--allow-run"))[0],
    "no permission to run scripts; start with --allow-run",
  );
  assertEquals(
    (await check([], { kind: "refused", message: "why" }))[0],
    "cannot run scripts: why",
  );
  assertEquals(
    (await check(["--cgi-dir", "none"]))[0],
    '--cgi-dir "none": there is no such directory in "/srv"',
  );
  assertEquals(
    (await check(["--cgi-ext", ".x=none"]))[0],
    '--cgi-ext: there is no program "none"',
  );
  assertEquals((await check(["--cgi-ext", ".x=/usr/bin/perl"]))[0], undefined);
});

Deno.test("scriptNotice() tells whose directory has nothing to run", async () => {
  const notice = async (path: string, ...words: string[]) => {
    const settings = settingsOf("--cgi", ...words);
    if (settings === undefined) throw new Error("no CGI");
    return await scriptNotice(settings, "/srv", {
      files: filesOf({ [path]: "" }),
    });
  };
  assertEquals(await notice("/srv/htbin/x"), undefined);
  assertEquals(
    await notice("/srv/x", "--cgi-ext", ".py=python3"),
    undefined,
  );
  assertEquals(
    await notice("/srv/x"),
    "There are no scripts: neither cgi-bin nor htbin is in /srv",
  );
  assertEquals(
    await notice("/srv"), // the root is a file
    "/srv is sent, and not run: scripts run in a directory, or by --cgi-ext",
  );
});

Deno.test("sourceNotice() tells whose scripts are served as they are", async () => {
  const text = (name: string) =>
    `Scripts in ${name} are not run, their source is served: --cgi runs them`;
  const rows: Array<[path: string, dotfiles: boolean, string | undefined]> = [
    ["/srv/cgi-bin/x.py", false, text("cgi-bin")],
    ["/srv/htbin/x", false, text("htbin")],
    ["/srv/bin/x", false, undefined],
    ["/srv/cgi-bin/deep/x", false, undefined],
    // It is absent.
    ["/srv/cgi-bin/.x", false, undefined],
    ["/srv/cgi-bin/.x", true, text("cgi-bin")],
  ];
  for (const [path, dotfiles, notice] of rows) {
    const directory = { root: "/srv", dotfiles };
    const files = filesOf({ [path]: "" });
    assertEquals(await sourceNotice(directory, { files }), notice, path);
  }
});
