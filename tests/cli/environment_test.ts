import { assert, assertEquals } from "@std/assert";
import {
  configure,
  type ReadVariables,
  readVariables,
} from "../../lib/program/configuration.ts";
import {
  flagVariable,
  type Given,
  type Group,
  GROUPS,
  HANDLER_GROUPS,
  valuesOf,
} from "../../lib/program/flag.ts";
import { FLAG_TABLE } from "../../lib/program/flags.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";

function read(
  variables: Readonly<Record<string, string>>,
  groups: readonly Group[] = GROUPS,
): ReadVariables {
  return readVariables(
    { variables: () => new Map(Object.entries(variables)) },
    groups,
  );
}

Deno.test("readVariables() reads a value in the way of its flag", () => {
  const rows: Array<[string, string, Record<string, Given>]> = [
    ["SERVE_PORT", "8001", { port: "8001" }],
    ["SERVE_DIRECTORY", "-public", { directory: "-public" }],
    ["SERVE_DIRECTORY", "--help", { directory: "--help" }],
    ["SERVE_DIRECTORY", "", {}],
    ["SERVE_HEADER", "A: b\nC: d", { header: ["A: b", "C: d"] }],
    ["SERVE_HEADER", "A: b\n", { header: ["A: b"] }],
    ["SERVE_DOTFILES", "1", { dotfiles: true }],
    ["SERVE_DOTFILES", "true", { dotfiles: true }],
    ["SERVE_DOTFILES", "0", { dotfiles: false }],
    ["SERVE_DOTFILES", "false", { dotfiles: false }],
    ["SERVE_COMPRESS", "1", { compress: true }],
    ["SERVE_COMPRESS", "0", { compress: false }],
    ["SERVE_LISTING", "none", { listing: "none" }],
    ["SERVE_CORS", "1", { cors: "*" }],
    ["SERVE_CORS", "0", { cors: undefined }],
    ["SERVE_CORS", "*", { cors: "*" }],
    ["SERVE_CORS", "http://a.example", { cors: "http://a.example" }],
    ["SERVE_NO_ETAG", "1", { "no-etag": ["/**"] }],
    ["SERVE_NO_ETAG", "0", { "no-etag": undefined }],
    ["SERVE_NO_ETAG", "*.gem\n/a", { "no-etag": ["*.gem", "/a"] }],
    ["SERVE_CGI_DIR", "a\nb", { "cgi-dir": ["a", "b"] }],
    ["SERVE_CGI_MAX_PROCESSES", "3", { "cgi-max-processes": "3" }],
    ["SERVE_BASIC_AUTH", "a:b", { "basic-auth": ["a:b"] }],
    ["SERVE_UPLOAD", "1", { upload: "." }],
    ["SERVE_UPLOAD", "0", { upload: undefined }],
    ["SERVE_UPLOAD", "inbox", { upload: "inbox" }],
    ["SERVE_UPLOAD_ONLY", "1", { "upload-only": true }],
    ["SERVE_LOG_FORMAT", "json", { "log-format": "json" }],
    ["SERVE_QUIET", "1", { quiet: true }],
    ["SERVE_WORKERS", "auto", { workers: "auto" }],
    ["SERVE_BIND", "::1\nunix:/run/a", { bind: ["::1", "unix:/run/a"] }],
    ["SERVE_CONFIG", "a.json", { config: "a.json" }],
  ];
  for (const [name, value, expected] of rows) {
    const variables = read({ [name]: value });
    assert(variables.kind === "variables", name);
    assertEquals(valuesOf(variables.layer), expected, `${name}=${value}`);
  }
});

Deno.test("readVariables() tells of every variable that is wrong, by its name and without passwords", () => {
  assertEquals(
    read({
      SERVE_DOTFILES: "yes",
      SERVE_PORT: "65536",
      SERVE_WORKERS: "0",
      SERVE_BASIC_AUTH: "secret",
      SERVE_LISTING: "0",
    }),
    {
      kind: "invalid",
      messages: [
        "SERVE_PORT: bad port 65536: expected 0 to 65535",
        'SERVE_WORKERS: --workers needs 1 to 256, or auto, not "0"',
        'SERVE_LISTING: --listing needs page, plain or none, not "0"',
        'SERVE_DOTFILES: expected 1 or 0, not "yes"',
        "SERVE_BASIC_AUTH: --basic-auth needs USER:PASSWORD",
      ],
    },
  );
});

Deno.test("readVariables() tells of unknown variables, and not of those that others set", () => {
  const rows: Array<[string, string, string[]]> = [
    ["SERVE_PROT", "1", [
      "The variable SERVE_PROT is no setting (did you mean SERVE_PROTOCOL?)",
    ]],
    ["SERVE_HEADERS", "1", [
      "The variable SERVE_HEADERS is no setting (did you mean SERVE_HEADER?)",
    ]],
    ["SERVE_NOTHING_LIKE_IT", "1", [
      "The variable SERVE_NOTHING_LIKE_IT is no setting",
    ]],
    ["SERVE_HELP", "1", [
      "The variable SERVE_HELP is no setting",
    ]],
    ["SERVE_FLAGS", "--cors", []], // the unit of systemd
    ["SERVE_PORT", "tcp://10.0.0.1:80", []], // Kubernetes, for a service "serve"
    ["SERVE_PORT_80_TCP_ADDR", "10.0.0.1", []],
    ["SERVE_SERVICE_HOST", "10.0.0.1", []],
    ["SERVE_SERVICE_PORT", "80", []],
    ["SERVE_SERVICE_PORT_HTTP", "80", []],
  ];
  for (const [name, value, notices] of rows) {
    const variables = read({ [name]: value });
    assert(variables.kind === "variables", name);
    assertEquals([...variables.layer], [], name);
    assertEquals(variables.notices, notices, name);
  }
});

Deno.test("readVariables() has every flag, but for those that only print something", () => {
  const rows: Array<[string, boolean]> = FLAG_TABLE.map(
    (row) => [row.name, row.group !== "Program"],
  );
  for (const [name, isThere] of rows) {
    const row = FLAG_TABLE.find((row) => row.name === name);
    assertEquals(row && flagVariable(row) !== undefined, isThere, name);
  }
});

Deno.test("readVariables() reads for `deno serve` what a handler can do, and the file of settings", () => {
  const variables = read({
    SERVE_BIND: "ignored: deno serve binds",
    SERVE_PORT: "nor this",
    SERVE_DOTFILES: "1",
    SERVE_CONFIG: "a.json",
  }, HANDLER_GROUPS);
  assert(variables.kind === "variables");
  assertEquals([...variables.layer.keys()].sort(), ["config", "dotfiles"]);
});

Deno.test("configure(): flags count before variables, a list as a whole", async () => {
  const flag = (given: Given) => ({ given, source: { kind: "flag" } } as const);
  const configured = await configure(
    new Map([
      ["header", flag(["X-A: 1"])],
      ["compress", flag(true)],
    ]),
    {
      ...currentRuntime(),
      variables: () =>
        new Map([
          ["SERVE_HEADER", "X-B: 1\nX-C: 1"],
          ["SERVE_COMPRESS", "0"],
          ["SERVE_SIDECARS", "0"],
          ["SERVE_PORT", "9000"],
        ]),
    },
  );
  assert(configured.kind === "configured");
  const { headers, compress, sidecars, port } = configured.settings;
  assertEquals(headers, [{ glob: undefined, value: ["X-A", "1"] }]);
  assertEquals([compress, sidecars, port], [true, false, 9000]);
});
