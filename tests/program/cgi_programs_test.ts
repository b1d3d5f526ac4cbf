/** Programs that people have run by CGI for decades, each where it is at hand. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  CHROMIUM,
  findProgram,
  follow,
  keepPicture,
  openBrowser,
} from "../support/browser.ts";
import {
  type Program,
  type RuntimeName,
  RUNTIMES,
  start,
  temporaryDirectory,
} from "../support/program.ts";
import { addScript, PERMISSIONS } from "../support/scripts.ts";

const GITWEB = "/usr/share/gitweb";
const GIT = findProgram("git");
const GIT_BACKEND = GIT && await gitBackend(GIT);
const PHP = findProgram("php-cgi");
const PERL = findProgram("perl");
const PYTHON = findProgram("python3");
const FOSSIL = findProgram("fossil");
const CACHEMGR = "/usr/lib/cgi-bin/cachemgr.cgi";

async function gitBackend(git: string): Promise<string | undefined> {
  const { stdout } = await new Deno.Command(git, { args: ["--exec-path"] })
    .output();
  const path = `${new TextDecoder().decode(stdout).trim()}/git-http-backend`;
  return exists(path) ? path : undefined;
}

/** Whether Perl has a module: gitweb comes with git, CGI.pm does not. */
function hasModule(perl: string, name: string): boolean {
  return new Deno.Command(perl, { args: [`-M${name}`, "-e", "1"] })
    .outputSync().success;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** A directory that everybody may read, with a place that scripts may write to. */
function publicDirectory(): { path: string; writable: string } & Disposable {
  const directory = temporaryDirectory();
  const { path } = directory;
  const writable = `${path}/writable`;
  for (const name of ["", "/cgi-bin", "/writable", "/gitweb"]) {
    if (name !== "") Deno.mkdirSync(`${path}${name}`);
    Deno.chmodSync(`${path}${name}`, 0o755);
  }
  Deno.chmodSync(writable, 0o777);
  return { path, writable, [Symbol.dispose]: directory[Symbol.dispose] };
}

async function serve(
  runtime: RuntimeName,
  root: string,
  ...words: string[]
): Promise<Program> {
  return await start(
    runtime,
    ["0", root, "-b", "127.0.0.1", "--cgi", ...words],
    undefined,
    PERMISSIONS,
  );
}

/** Runs git without anybody's configuration. */
async function git(cwd: string, ...words: string[]): Promise<string> {
  const identity = ["user.name=t", "user.email=t@example.org"];
  const { success, stdout, stderr } = await new Deno.Command(GIT ?? "git", {
    args: [...identity.flatMap((text) => ["-c", text]), ...words],
    cwd,
    env: {
      HOME: cwd,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
      GIT_TERMINAL_PROMPT: "0",
    },
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (!success) throw new Error(new TextDecoder().decode(stderr) + text);
  return text.trim();
}

/** A repository for scripts to write to: it must be theirs. */
async function giveToScripts(path: string): Promise<void> {
  if (Deno.uid() !== 0) return;
  const args = ["-R", "65534:65534", path];
  await new Deno.Command("chown", { args }).output();
}

/** Runs fossil without anybody's configuration. */
async function fossil(home: string, cwd: string, ...args: string[]) {
  const env = { HOME: home, FOSSIL_USER: "admin" };
  const { success, stdout, stderr } = await new Deno.Command(
    FOSSIL ?? "fossil",
    { args, cwd, env, stdin: "null" },
  ).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  if (!success) throw new Error(`fossil ${args.join(" ")}: ${text}`);
  return text;
}

/** A repository of fossil with two check-ins, the second of five mebibytes; scripts may write to it. */
async function furnishFossil(path: string): Promise<string> {
  const repository = `${path}/writable/r.fossil`;
  const work = `${path}/work`;
  Deno.mkdirSync(work);
  await fossil(path, path, "init", "-A", "admin", repository);
  // Otherwise it leaves a process behind that works on for a minute.
  await fossil(path, path, "set", "backoffice-disable", "1", "-R", repository);
  const rights = ["user", "capabilities", "nobody", "ghjoz"];
  await fossil(path, path, ...rights, "-R", repository);
  await fossil(path, work, "open", "-f", repository);
  for (const [name, mebibytes] of [["a.bin", 1], ["b.bin", 5]] as const) {
    Deno.writeFileSync(`${work}/${name}`, noise(mebibytes));
    await fossil(path, work, "add", name);
    await fossil(path, work, "commit", "-m", name, "--no-warnings");
  }
  await giveToScripts(repository);
  return work;
}

/** Random bytes, which no coding makes fewer. */
function noise(mebibytes: number): Uint8Array {
  const bytes = new Uint8Array(mebibytes * 1_048_576);
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}

async function furnishRepository(path: string): Promise<string> {
  const work = `${path}/work`;
  Deno.mkdirSync(work);
  await git(work, "init", "-q", "-b", "main");
  Deno.writeFileSync(`${work}/noise.bin`, noise(10));
  await git(work, "add", ".");
  await git(work, "commit", "-q", "-m", "ten mebibytes of noise");
  for (let count = 0; count < 40; count++) {
    await git(work, "commit", "-q", "--allow-empty", "-m", `commit ${count}`);
    await git(work, "tag", `tag-with-a-long-name-${count}`);
  }
  const bare = `${path}/writable/project.git`;
  await git(path, "clone", "-q", "--bare", work, bare);
  await git(bare, "config", "http.receivepack", "true");
  await giveToScripts(bare);
  return work;
}

for (const runtime of RUNTIMES) {
  Deno.test({
    name:
      `git clones, pushes and fetches through git http-backend on ${runtime}`,
    ignore: GIT_BACKEND === undefined,
    fn: async () => {
      using directory = publicDirectory();
      const { path, writable } = directory;
      await furnishRepository(path);
      addScript(
        `${path}/cgi-bin/git`,
        `#!/bin/sh\necho "$REQUEST_METHOD coding=$HTTP_CONTENT_ENCODING length=$CONTENT_LENGTH" >&2\nexec ${GIT_BACKEND}\n`,
      );
      const environment = [
        `GIT_PROJECT_ROOT=${writable}`,
        "GIT_HTTP_EXPORT_ALL=1",
      ];
      await using program = await serve(
        runtime,
        path,
        ...environment.flatMap((text) => ["--cgi-env", text]),
      );
      const url = `${program.url}/cgi-bin/git/project.git`;
      // A clone of everything.
      await git(path, "clone", "-q", url, "copy");
      const copy = `${path}/copy`;
      await git(copy, "fsck", "--strict");
      assertEquals(
        Deno.readFileSync(`${copy}/noise.bin`),
        Deno.readFileSync(`${path}/work/noise.bin`),
      );
      // A push that is too large for one buffer comes in chunks, without a length.
      Deno.writeFileSync(`${copy}/more.bin`, noise(10));
      await git(copy, "add", ".");
      await git(copy, "commit", "-q", "-m", "more");
      await git(
        copy,
        "-c",
        "http.postBuffer=65536",
        "push",
        "-q",
        "origin",
        "main",
      );
      assertEquals(
        await git(copy, "rev-parse", "HEAD"),
        await git(
          path,
          "-c",
          "safe.directory=*",
          `--git-dir=${writable}/project.git`,
          "rev-parse",
          "main",
        ),
      );
      // A shallow clone, which is then deepened: requests above 1 KiB are coded by gzip.
      await git(path, "clone", "-q", "--depth", "1", url, "shallow");
      const shallow = `${path}/shallow`;
      assertEquals(await git(shallow, "rev-list", "--count", "HEAD"), "1");
      await git(shallow, "fetch", "-q", "--depth", "5", "--tags");
      await git(shallow, "fetch", "-q", "--unshallow");
      assertEquals(await git(shallow, "rev-list", "--count", "HEAD"), "42");
      assertEquals(
        await git(shallow, "rev-parse", "HEAD"),
        await git(copy, "rev-parse", "HEAD"),
      );
      const log = program.errors();
      assertMatch(log, /POST coding=gzip length=\d+/);
      assertMatch(log, /POST coding= length=1048\d{4}/);
      assertEquals(/" 5\d\d /.test(log), false);
    },
  });

  Deno.test({
    name:
      `php-cgi has forms, uploads, sessions, and its own status on ${runtime}`,
    ignore: PHP === undefined,
    fn: async () => {
      using directory = publicDirectory();
      const { path, writable } = directory;
      Deno.writeTextFileSync(
        `${path}/index.php`,
        `<?php
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
header('X-Count: ' . $_SESSION['count']);
if (isset($_GET['teapot'])) { http_response_code(418); }
echo json_encode(['get' => $_GET, 'post' => $_POST, 'cookie' => isset($_COOKIE['PHPSESSID']),
  'file' => isset($_FILES['f']) ? [$_FILES['f']['name'], md5_file($_FILES['f']['tmp_name'])] : null,
  'info' => $_SERVER['PATH_INFO'] ?? null, 'self' => $_SERVER['PHP_SELF'], 'root' => $_SERVER['DOCUMENT_ROOT']]);
`,
      );
      Deno.chmodSync(`${path}/index.php`, 0o644);
      await using program = await serve(
        runtime,
        path,
        "--cgi-ext",
        `.php=php-cgi -d session.save_path=${writable} -d upload_tmp_dir=${writable}`,
      );
      const first = await fetch(`${program.url}/?a=b%20c`);
      assertEquals(first.status, 200);
      assertEquals(
        first.headers.get("content-type"),
        "text/html; charset=UTF-8",
      );
      const page = await first.json();
      assertEquals(page.get, { a: "b c" });
      assertEquals([page.self, page.root], ["/index.php", path]);
      const cookie = first.headers.getSetCookie()[0]?.split(";")[0] ?? "";
      assertMatch(cookie, /^PHPSESSID=/);
      // A form in the same session, and the rest of the path.
      const form = await fetch(`${program.url}/index.php/in/fo`, {
        method: "POST",
        headers: { Cookie: cookie },
        body: new URLSearchParams({ name: "Ünï & cö" }),
      });
      const { post, cookie: known, info } = await form.json();
      assertEquals([post.name, known, info], ["Ünï & cö", true, "/in/fo"]);
      assertEquals(form.headers.get("x-count"), "2");
      // An upload, whose length fetch does not name.
      const data = new FormData();
      data.append("f", new Blob(["hello"]), "h.txt");
      const body = new Response(data);
      const upload = await fetch(`${program.url}/`, {
        method: "POST",
        headers: { "Content-Type": body.headers.get("content-type") ?? "" },
        body: body.body,
      });
      const { file } = await upload.json();
      assertEquals(file, ["h.txt", "5d41402abc4b2a76b9719d911017c592"]);
      const teapot = await fetch(`${program.url}/index.php?teapot`);
      assertEquals(teapot.status, 418);
      await teapot.body?.cancel();
    },
  });

  Deno.test({
    name:
      `fossil clone, which speaks HTTP/1.0, gets all of a repository on ${runtime}`,
    ignore: FOSSIL === undefined,
    fn: async () => {
      using directory = publicDirectory();
      const { path } = directory;
      const work = await furnishFossil(path);
      addScript(
        `${path}/cgi-bin/repo`,
        `#!${FOSSIL}\nrepository: ${path}/writable/r.fossil\n`,
      );
      await using program = await serve(runtime, path);
      const url = `${program.url}/cgi-bin/repo`;
      await fossil(path, path, "clone", url, "clone.fossil");
      Deno.mkdirSync(`${path}/copy`);
      const copy = `${path}/copy`;
      await fossil(path, copy, "open", "-f", `${path}/clone.fossil`);
      for (const name of ["a.bin", "b.bin"]) {
        assertEquals(
          Deno.readFileSync(`${copy}/${name}`),
          Deno.readFileSync(`${work}/${name}`),
        );
      }
      // Pages have a length, with content of the script's own coding, too.
      const page = await fetch(`${url}/timeline`);
      assertEquals(page.status, 200);
      assertMatch(await page.text(), /b\.bin/);
      assertEquals(/" 5\d\d /.test(program.errors()), false);
    },
  });

  Deno.test({
    name:
      `squid's cachemgr shows its form whole, although it ends with 1, on ${runtime}`,
    ignore: !exists(CACHEMGR),
    fn: async () => {
      using directory = publicDirectory();
      const { path } = directory;
      const script = `${path}/cgi-bin/cachemgr.cgi`;
      Deno.copyFileSync(CACHEMGR, script);
      Deno.chmodSync(script, 0o755);
      await using program = await serve(runtime, path);
      const response = await fetch(`${program.url}/cgi-bin/cachemgr.cgi`);
      assertEquals(response.status, 200);
      const text = await response.text();
      assertMatch(text, /<FORM METHOD="POST"[^]*<\/FORM>[^]*<\/HTML>\s*$/i);
      await program.log("'/cgi-bin/cachemgr.cgi': exit status 1\n");
    },
  });

  Deno.test({
    name:
      `php-cgi runs by #!, without a type, and with an error behind its page, on ${runtime}`,
    ignore: PHP === undefined,
    fn: async () => {
      using directory = publicDirectory();
      const { path } = directory;
      const add = (name: string, first: string, code: string) =>
        addScript(`${path}/cgi-bin/${name}`, `#!${first}\n<?php ${code}`);
      const { SCRIPT_NAME, ...code } = {
        SCRIPT_NAME: 'echo $_SERVER["SCRIPT_NAME"], $_GET["a"];',
        error: 'echo "before"; throw new Exception("as asked");',
        untyped: 'ini_set("default_mimetype", ""); echo "no type";',
      };
      add("named", PHP ?? "", SCRIPT_NAME);
      add("by-env", "/usr/bin/env php-cgi", SCRIPT_NAME);
      add("error", PHP ?? "", code.error);
      add("untyped", PHP ?? "", code.untyped);
      // A shell chooses what PHP runs: nothing is mapped to it.
      addScript(`${path}/cgi-bin/shell`, `#!/bin/sh\nexec ${PHP}\n`);
      await using program = await serve(runtime, path);
      const get = (name: string) => fetch(`${program.url}/cgi-bin/${name}`);
      for (const name of ["named", "by-env"]) {
        const response = await get(`${name}?a=b`);
        assertEquals(response.status, 200);
        assertEquals(await response.text(), `/cgi-bin/${name}b`);
      }
      const shell = await get("shell");
      assertEquals(shell.status, 502);
      await shell.body?.cancel();
      await program.log("Security Alert!</b> The PHP CGI cannot be accessed");
      const failed = await get("error");
      assertEquals(await failed.text(), "before");
      await program.log("'/cgi-bin/error': exit status 255\n");
      const untyped = await get("untyped");
      assertEquals(await untyped.text(), "no type");
      assertEquals(untyped.headers.get("content-type"), null);
      assertEquals(untyped.headers.get("x-content-type-options"), "nosniff");
    },
  });

  Deno.test({
    name: `a Perl script runs unchanged on ${runtime}`,
    ignore: PERL === undefined,
    fn: async () => {
      using directory = publicDirectory();
      addScript(
        `${directory.path}/cgi-bin/form.pl`,
        `#!${PERL} -T
use strict; use warnings;
binmode STDIN; read(STDIN, my $content, $ENV{CONTENT_LENGTH} || 0);
my %form = map { my ($k, $v) = split /=/; $v =~ tr/+/ /; $v =~ s/%(..)/chr hex $1/ge; ($k => $v) } split /&/, $content;
print "Status: 201 Created\\r\\nContent-Type: text/plain\\r\\n\\r\\n";
print "$_=$form{$_}\\n" for sort keys %form;
`,
      );
      await using program = await serve(runtime, directory.path);
      const response = await fetch(`${program.url}/cgi-bin/form.pl`, {
        method: "POST",
        body: new URLSearchParams({ a: "1 2", b: "é" }),
      });
      assertEquals(response.status, 201);
      assertEquals(await response.text(), "a=1 2\nb=é\n");
    },
  });

  Deno.test({
    name:
      `a Python script runs unchanged, and its traceback is in the log, on ${runtime}`,
    ignore: PYTHON === undefined,
    fn: async () => {
      using directory = publicDirectory();
      addScript(
        `${directory.path}/cgi-bin/hello.py`,
        `#!/usr/bin/env python3
import os, sys, urllib.parse
query = urllib.parse.parse_qs(os.environ["QUERY_STRING"])
if "fail" in query:
    raise ValueError("as asked")
print("Content-Type: text/html; charset=utf-8")
print()
print("<p>Hello,", query["name"][0])
`,
      );
      await using program = await serve(runtime, directory.path);
      const response = await fetch(`${program.url}/cgi-bin/hello.py?name=Ada`);
      assertEquals(await response.text(), "<p>Hello, Ada\n");
      const failed = await fetch(`${program.url}/cgi-bin/hello.py?fail=1`);
      assertEquals(failed.status, 502);
      assert(!(await failed.text()).includes("Traceback"));
      await program.log("'/cgi-bin/hello.py': ValueError: as asked\n");
      await program.log("'/cgi-bin/hello.py': exit status 1\n");
    },
  });

  Deno.test({
    name: `gitweb shows a repository in Chromium on ${runtime}`,
    ignore: CHROMIUM === undefined || PERL === undefined ||
      GIT_BACKEND === undefined || !exists(`${GITWEB}/gitweb.cgi`) ||
      !hasModule(PERL, "CGI"),
    fn: async () => {
      using directory = publicDirectory();
      const { path, writable } = directory;
      await furnishRepository(path);
      for (const { name } of Deno.readDirSync(`${GITWEB}/static`)) {
        Deno.copyFileSync(`${GITWEB}/static/${name}`, `${path}/gitweb/${name}`);
        Deno.chmodSync(`${path}/gitweb/${name}`, 0o644);
      }
      const config = `${path}/gitweb.conf`;
      Deno.writeTextFileSync(
        config,
        `our $projectroot = "${writable}"; our @stylesheets = ("/gitweb/gitweb.css"); our $logo = "/gitweb/git-logo.png"; our $javascript = "/gitweb/gitweb.js"; our $favicon = "/gitweb/git-favicon.png"; 1;\n`,
      );
      Deno.chmodSync(config, 0o644);
      addScript(
        `${path}/cgi-bin/gitweb`,
        `#!/bin/sh\nexec ${PERL} ${GITWEB}/gitweb.cgi\n`,
      );
      await using program = await serve(
        runtime,
        path,
        "--cgi-env",
        `GITWEB_CONFIG=${config}`,
        "--cgi-env",
        "GIT_CONFIG_GLOBAL=/dev/null",
      );
      await using browser = await openBrowser();
      await using page = await browser.newPage();
      await page.goto(`${program.url}/cgi-bin/gitweb`);
      await follow(page, "a.list");
      const text = await page.evaluate<string>("document.body.innerText");
      assertMatch(text, /commit 39/);
      const color = await page.evaluate<string>(
        "getComputedStyle(document.querySelector('div.page_header')).backgroundColor",
      );
      assertEquals(color, "rgb(217, 216, 209)");
      await keepPicture(page, `gitweb-${runtime}`);
    },
  });
}
