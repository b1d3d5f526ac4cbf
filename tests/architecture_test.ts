/** The rules of the house, checked by machine. They are explained in `lib/README.md`. */

import { assert, assertEquals } from "@std/assert";

const LIB = new URL("../lib/", import.meta.url);
const EXTENSIONS = "http/media_type_table.ts";

/** A module imports from lower floors, or from its own room. */
const FLOORS: readonly (readonly string[])[] = [
  [
    "certificates.ts",
    "encoders.ts",
    "exchange.ts",
    "pages/markup.ts",
    "ports.ts",
    "processes.ts",
    "sockets.ts",
    "text_files.ts",
    "version.ts",
  ],
  [
    "after.ts",
    "cgi/arguments.ts",
    "cgi/options.ts",
    "files/name.ts",
    "http/body.ts",
    "http/byte_cache.ts",
    "http/byte_range.ts",
    "http/cache.ts",
    "http/compression.ts",
    "http/content.ts",
    "http/content_coding.ts",
    "http/credentials.ts",
    "http/date.ts",
    "http/digest.ts",
    "http/disposition.ts",
    "http/entity_tag.ts",
    "http/field.ts",
    "http/file_time.ts",
    "http/forwarded.ts",
    "http/glob.ts",
    "http/keyed_digest.ts",
    "http/media_type.ts",
    "http/media_type_table.ts",
    "http/metadata.ts",
    "http/method.ts",
    "http/multipart.ts",
    "http/network.ts",
    "http/precondition.ts",
    "http/queue.ts",
    "http/reply.ts",
    "http/remember.ts",
    "http/representation.ts",
    "http/semaphore.ts",
    "http/span.ts",
    "http/status.ts",
    "pages/listing.ts",
    "pages/page.ts",
  ],
  [
    "cgi/checks.ts",
    "cgi/meta_variables.ts",
    "cgi/response.ts",
    "cgi/settings.ts",
    "pages/error_page.ts",
    "runtime/browser.ts",
    "runtime/append.ts",
    "pages/failure.ts",
    "runtime/builtin.ts",
    "runtime/bun.ts",
    "runtime/bun_browser.ts",
    "runtime/bun_directory.ts",
    "runtime/bun_read_failure.ts",
    "runtime/bun_listen.ts",
    "runtime/bun_processes.ts",
    "runtime/certificates.ts",
    "runtime/coder.ts",
    "runtime/deno.ts",
    "runtime/deno_browser.ts",
    "runtime/deno_directory.ts",
    "runtime/deno_listen.ts",
    "runtime/deno_looks.ts",
    "runtime/deno_output.ts",
    "runtime/deno_permissions.ts",
    "runtime/deno_processes.ts",
    "runtime/deno_serve.ts",
    "runtime/deno_start.ts",
    "runtime/directories.ts",
    "runtime/disk.ts",
    "runtime/file_chunks.ts",
    "runtime/file_stream.ts",
    "runtime/find.ts",
    "runtime/groups.ts",
    "runtime/looks.ts",
    "runtime/lookup.ts",
    "runtime/mod.ts",
    "runtime/path_stamp.ts",
    "runtime/reason.ts",
    "runtime/spool.ts",
    "runtime/target.ts",
    "runtime/unix_socket.ts",
    "runtime/unread.ts",
    "runtime/text_file.ts",
    "runtime/user.ts",
    "runtime/web_stream.ts",
  ],
  ["files/target.ts"],
  [
    "files/keep.ts",
    "files/known.ts",
    "files/ground.ts",
    "files/mount.ts",
    "files/open.ts",
    "files/resource.ts",
    "files/spelling.ts",
    "files/way.ts",
    "files/work_queue.ts",
  ],
  ["overrides.ts"],
  ["options.ts"],
  ["access.ts", "rules.ts", "server_fields.ts", "wraps/admission.ts"],

  ["site.ts"],
  ["files/locate.ts"],
  ["cgi/find.ts"],
  [
    "files/digest.ts",
    "files/encode.ts",
    "files/glance.ts",
    "files/list.ts",
    "files/memory.ts",
    "files/negotiate.ts",
    "files/resolve.ts",
    "files/select.ts",
    "files/send.ts",
    "files/shown.ts",
    "files/validators.ts",
    "wraps/access_log.ts",
    "wraps/basic_auth.ts",
    "wraps/bcrypt.ts",
    "wraps/cors.ts",
    "wraps/error_page.ts",
    "wraps/htpasswd.ts",
    "wraps/log_date.ts",
    "wraps/log_format.ts",
    "wraps/log_template.ts",
    "wraps/observe.ts",
    "wraps/peer.ts",
    "wraps/request_line.ts",
  ],
  [
    "cgi/answer.ts",
    "cgi/call.ts",
    "cgi/content.ts",
    "cgi/document.ts",
    "cgi/failure.ts",
    "cgi/feed.ts",
    "cgi/header_block.ts",
    "cgi/judged.ts",
    "cgi/output.ts",
    "cgi/patience.ts",
    "cgi/redirect.ts",
    "cgi/run.ts",
    "cgi/start.ts",
    "cgi/supervise.ts",
  ],
  ["represent.ts"],
  ["walk.ts"],
  ["answer.ts", "perform.ts"],
  ["defaults.ts", "handler.ts"],
  [
    "create_handler.ts",
    "server/describe.ts",
    "server/keys.ts",
    "server/open.ts",
    "server/program_line.ts",
    "server/redirect.ts",
    "server/renew.ts",
    "server/stop.ts",
    "server/where.ts",
  ],
  ["listen_options.ts"],
  ["guarded.ts"],
  ["listen.ts"],
  ["methods.ts", "mod.ts"],
  [
    "cli/access.ts",
    "cli/banner.ts",
    "cli/cgi.ts",
    "cli/check_cgi.ts",
    "cli/completions.ts",
    "cli/environment.ts",
    "cli/examples.ts",
    "cli/flag.ts",
    "cli/flags/access.ts",
    "cli/flags/cgi.ts",
    "cli/flags/https.ts",
    "cli/flags/log.ts",
    "cli/flags/mod.ts",
    "cli/flags/program.ts",
    "cli/flags/what.ts",
    "cli/flags/where.ts",
    "cli/greet.ts",
    "cli/help.ts",
    "cli/https.ts",
    "cli/kept_thread.ts",
    "cli/keys.ts",
    "cli/limits.ts",
    "cli/man.ts",
    "cli/messages.ts",
    "cli/serving.ts",
    "cli/site.ts",
    "cli/thread.ts",
    "cli/threads.ts",
    "cli/log.ts",
    "cli/nearest.ts",
    "cli/needs.ts",
    "cli/parse.ts",
    "cli/passwords.ts",
    "cli/positionals.ts",
    "cli/prepare.ts",
    "cli/qr.ts",
    "cli/redirect.ts",
    "cli/root.ts",
    "cli/run.ts",
    "cli/self_signed.ts",
    "cli/served.ts",
    "cli/settings.ts",
    "cli/sockets.ts",
    "cli/where.ts",
    "cli/urls.ts",
    "cli/what.ts",
    "cli/words.ts",
  ],
  ["fetch.ts", "worker.ts"],
];

/** Only these may know which runtime they are on, or import from those who do. */
const RUNTIME_REGEXP =
  /^(?:runtime\/|create_handler\.ts$|listen\.ts$|mod\.ts$|fetch\.ts$|worker\.ts$)/;

/** What the runtime may import. */
const WING_IMPORTS: readonly string[] = [
  "certificates.ts",
  "encoders.ts",
  "exchange.ts",
  "http/content.ts",
  "http/span.ts",
  "ports.ts",
  "processes.ts",
  "sockets.ts",
  "text_files.ts",
];

interface Module {
  readonly name: string;
  readonly source: string;
  readonly imports: readonly string[];
}

const modules = new Map(readModules("").map((module) => [module.name, module]));

function readModules(directory: string): Module[] {
  return [...Deno.readDirSync(new URL(directory, LIB))].flatMap((entry) => {
    const name = directory + entry.name;
    if (entry.isDirectory) return readModules(`${name}/`);
    if (!name.endsWith(".ts")) return [];
    const source = Deno.readTextFileSync(new URL(name, LIB));
    const imports = [
      ...source.matchAll(/^(?:import|export|\}).* from "(\.[^"]+)"/gm),
    ]
      .map(([, path = ""]) => new URL(path, new URL(name, LIB)).href)
      .filter((href) => href.startsWith(LIB.href))
      .map((href) => href.slice(LIB.href.length));
    return [{ name, source, imports }];
  });
}

function room(name: string): string {
  return name.includes("/") ? name.slice(0, name.indexOf("/")) : "";
}

Deno.test("every module of lib/ has a floor", () => {
  assertEquals([...modules.keys()].sort(), FLOORS.flat().toSorted());
});

Deno.test("a module imports only from lower floors or from its own room", () => {
  const floorOf = new Map(
    FLOORS.flatMap((names, floor) => names.map((name) => [name, floor])),
  );
  for (const { name, imports } of modules.values()) {
    for (const other of imports) {
      const lower = (floorOf.get(other) ?? 99) < (floorOf.get(name) ?? -1);
      const neighbour = room(name) === room(other) && room(name) !== "";
      if (["ports.ts", "sockets.ts"].includes(name)) continue; // types, of types
      const table = name === "mod.ts"; // it re-exports, and does nothing else
      assert(lower || neighbour || table, `${name} imports ${other}`);
    }
  }
});

Deno.test("no module imports itself by way of others", () => {
  const visit = (name: string, way: readonly string[]): void => {
    assert(!way.includes(name), [...way, name].join(" → "));
    modules.get(name)?.imports.forEach((other) => visit(other, [...way, name]));
  };
  for (const name of modules.keys()) visit(name, []);
});

Deno.test("only lib/runtime/ and main.ts say Deno or Bun in code", () => {
  for (const { name, source } of modules.values()) {
    if (name.startsWith("runtime/")) continue;
    const code = source.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assert(!/\b(?:Deno|Bun|process)\.|"Bun"|"Deno"/.test(code), name);
    assert(!/from "node:/.test(code), name);
  }
});

Deno.test("the runtime is a wing: it imports ports and content, and who imports it is known", () => {
  for (const { name, imports } of modules.values()) {
    for (const other of imports) {
      if (room(name) === "runtime" && room(other) !== "runtime") {
        assert(
          WING_IMPORTS.includes(other),
          `${name} imports ${other}`,
        );
      }
      if (room(other) === "runtime") assert(RUNTIME_REGEXP.test(name), name);
    }
  }
});

Deno.test("files have 400 lines at most, and names are the field's", () => {
  for (const { name, source } of modules.values()) {
    assert(source.split("\n").length <= 400, `${name} is long`);
    if (name !== EXTENSIONS) { // which have the names that others gave them
      assert(!/\b(?:req|res|opts|utils|helpers|manager)\b/.test(source), name);
    }
    assert(/^\/\*\*[^]*?@module/.test(source), `${name} has no module doc`);
  }
});

Deno.test("functions are short: none over 60 lines, the median 12 or less", () => {
  const lengths = [...modules.values()].flatMap(({ name, source }) =>
    [...source.matchAll(/^(?:export )?(?:async )?function\*? [^]*?\n\}$/gm)]
      .map(([text]) => {
        const body = text.slice(text.search(/\{\n/)).split("\n").length;
        assert(text.split("\n").length <= 60, `${name}: ${text.split("(")[0]}`);
        return body;
      })
  ).toSorted((a, b) => a - b);
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
  assert(median <= 12, `the median is ${median}`);
});

Deno.test("main.ts has no default export, because Bun would serve it a second time", async () => {
  assertEquals("default" in await import("../main.ts"), false);
});
