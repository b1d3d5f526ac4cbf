/** A file of settings: what it says, all that is wrong in it, its schema, and what is printed of it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { posix, win32 } from "node:path";
import { loadPackage } from "../../scripts/packages.ts";
import { configure } from "../../lib/program/configuration.ts";
import { isFileSetting, type Layer, valuesOf } from "../../lib/program/flag.ts";
import { FLAG_TABLE } from "../../lib/program/flags.ts";
import { printSettings } from "../../lib/program/print_settings.ts";
import { toSettings } from "../../lib/program/settings.ts";
import {
  MAX_FILE_ERRORS,
  parseSettings,
} from "../../lib/program/settings_file.ts";
import { settingsSchema } from "../../lib/program/settings_schema.ts";
import { currentRuntime } from "../../lib/runtime/mod.ts";
import { readCommandLine } from "../../lib/program/command_line.ts";
import { isSwitch, sampleOf } from "../support/flag_samples.ts";
import { forSeeds, type Random } from "../support/random.ts";

const FILE = "etc/serve.json";

function layerOf(text: string, path = FILE, paths = posix): Layer {
  const file = parseSettings(text, path, paths);
  assert(file.kind === "layer", `${text}: ${JSON.stringify(file)}`);
  return file.layer;
}

function messagesOf(text: string): readonly string[] {
  const file = parseSettings(text, FILE, posix);
  assert(file.kind === "invalid", text);
  return file.messages;
}

Deno.test("parseSettings() reads every kind of value", () => {
  const rows: Array<[text: string, given: Record<string, unknown>]> = [
    ["{}", {}],
    ['{"$schema": "schema.json"}', {}],
    ['{"port": 8080}', { port: "8080" }],
    ['{"port": "8080"}', { port: "8080" }],
    ['{"idle-timeout": 2.5}', { "idle-timeout": "2.5" }],
    ['{"workers": "auto"}', { workers: "auto" }],
    ['{"dotfiles": true}', { dotfiles: true }],
    ['{"dotfiles": false}', { dotfiles: false }],
    ['{"compress": false}', { compress: false }],
    ['{"listing": "none"}', { listing: "none" }],
    ['{"listing": false}', { listing: false }],
    ['{"cors": true}', { cors: "*" }],
    ['{"cors": false}', { cors: undefined }],
    ['{"cors": "https://a.example"}', { cors: "https://a.example" }],
    ['{"no-etag": true}', { "no-etag": ["/**"] }],
    ['{"upload": true}', { upload: "." }],
    ['{"upload": "inbox"}', { upload: "inbox" }],
    ['{"header": ["A: b", "C: d"]}', { header: ["A: b", "C: d"] }],
    ['{"header": "A: b"}', { header: ["A: b"] }],
    ['{"header": []}', { header: [] }],
    ['{"trailing-slash": "never"}', { "trailing-slash": "never" }],
    ['{"content-type": "text\\u002Fplain"}', { "content-type": "text/plain" }],
    // Comments, commas at the end, the mark that editors of Windows write.
    ['// a\n{ /* b */ "port": 1, // c\n}', { port: "1" }],
    ['{"immutable": ["a", "b",],}', { immutable: ["a", "b"] }],
    ['\uFEFF{"port": 1}', { port: "1" }],
    ['{\r\n"port": 1\r\n}\r\n', { port: "1" }],
  ];
  for (const [text, given] of rows) {
    assertEquals(valuesOf(layerOf(text)), given as never, text);
  }
});

Deno.test("parseSettings(): paths are those of the directory of the file, and other values none", () => {
  const text = JSON.stringify({
    "directory": "dist",
    "tls-cert": "/etc/cert.pem",
    "tls-key": "../key.pem",
    "bind": ["unix:run/a", "127.0.0.1"],
    "immutable": ["assets"],
    "upload": "inbox",
    "spa": "app.html",
  });
  assertEquals(valuesOf(layerOf(text, "/srv/site/serve.json")), {
    "directory": "/srv/site/dist",
    "tls-cert": "/etc/cert.pem",
    "tls-key": "/srv/key.pem",
    "bind": ["unix:/srv/site/run/a", "127.0.0.1"],
    "immutable": ["assets"],
    "upload": "inbox",
    "spa": "app.html",
  });
  const rows = [["serve.json", "dist"], ["a/serve.json", "a/dist"]] as const;
  for (const [path, expected] of rows) {
    const layer = layerOf('{"directory": "dist"}', path);
    assertEquals(layer.get("directory")?.given, expected);
  }
});

Deno.test("parseSettings(): paths by the rules of Windows", () => {
  const rows = [
    ["dist", "C:\\srv\\site\\dist"],
    ["../dist", "C:\\srv\\dist"],
    ["..\\dist", "C:\\srv\\dist"],
    ["D:\\dist", "D:\\dist"],
    ["d:/dist", "d:/dist"],
    ["\\\\host\\share\\dist", "\\\\host\\share\\dist"],
  ] as const;
  for (const [directory, expected] of rows) {
    const text = JSON.stringify({ directory });
    const layer = layerOf(text, "C:\\srv\\site\\serve.json", win32);
    assertEquals(layer.get("directory")?.given, expected);
  }
});

Deno.test("parseSettings() tells where each value stands", () => {
  const layer = layerOf('{\n  "port": 1,\n  "bind":\n    ["::1"]\n}');
  const places = [...layer].map(([name, { source }]) => [name, source]);
  assertEquals(places, [
    ["port", { kind: "file", place: `${FILE}:2` }],
    ["bind", { kind: "file", place: `${FILE}:3` }],
  ]);
});

Deno.test("parseSettings() tells with line and column what is wrong", () => {
  const rows: Array<[text: string, place: string, message: string]> = [
    ["", "1:1", "expected a value"],
    ["[]", "1:1", 'expected an object, such as {"port": 8080}'],
    ["{", "1:2", "expected }"],
    ['{\n "port" 1}', "2:9", "expected a colon"],
    ['{"a": 1 "b": 1}', "1:9", "expected a comma"],
    ['{"cors": yes}', "1:10", "no value of JSON"],
    ["{'port': 1}", "1:2", "no value of JSON"],
    ['{"directory": "a\n"}', "1:15", "the text has no end"],
    ['{"directory": "\\x"}', "1:15", "no escape of JSON"],
    ["{} /*", "1:4", "the comment has no end"],
    ["{} {}", "1:4", "expected nothing more"],
    ['{"prot-fallback": true}', "1:2", 'unknown setting "prot-fallback"'],
    ['{"cros": true}', "1:2", 'unknown setting "cros" (did you mean cors?)'],
    ['{"--cors": true}', "1:2", "(did you mean cors?)"],
    ['{"maxConnections": 1}', "1:2", "(did you mean max-connections?)"],
    ['{"__proto__": 1}', "1:2", 'unknown setting "__proto__"'],
    ['{"constructor": 1}', "1:2", 'unknown setting "constructor"'],
    ['{"help": true}', "1:2", '"help" is no setting'],
    ['{"config": "a"}', "1:2", '"config" is no setting'],
    ['{"print-config": true}', "1:2", '"print-config" is no setting'],
    [
      '{"port": 1,\n\t"port": 1}',
      "2:2",
      `"port" is there twice, also at ${FILE}:1`,
    ],
    ['{"cgi": 1}', "1:9", '"cgi" needs true or false'],
    ['{"cgi": null}', "1:9", '"cgi" needs true or false'],
    ['{"port": true}', "1:10", '"port" needs text or a number'],
    ['{"port": [1]}', "1:10", '"port" needs text or a number'],
    ['{"bind": {}}', "1:10", '"bind" needs text, a number or a list of these'],
    ['{"cors": "yes"}', "1:10", 'Cannot allow origin "yes"'],
    ['{"cors": {}}', "1:10", '"cors" needs true, false, text or a number'],
    ['{"bind": ["::1", [1]]}', "1:18", '"bind" needs text'],
    ['{"bind": ["::1",\n  "a b"]}', "2:3", 'bad address "a b"'],
    ['{"header": ["A: b", "C"]}', "1:21", '--header needs "NAME: VALUE"'],
    ['{"port": 65536}', "1:10", "bad port 65536"],
    ['{"workers": 0}', "1:13", "--workers needs 1 to 256, or auto"],
    ['{"directory": ""}', "1:15", '"directory" is empty'],
    ['{"directory": "a\\u0000"}', "1:15", '"directory" has a NUL character'],
    [
      '{"trailing-slash": "sometimes"}',
      "1:20",
      '"trailing-slash" needs always, never or keep, not "sometimes"',
    ],
    ['{"on-duplicate": "x"}', "1:18", '"on-duplicate" needs rename, refuse'],
    ['{"basic-auth": ["secret"]}', "1:17", "--basic-auth needs USER:PASSWORD"],
    ["[".repeat(100_000), "1:1", "it is nested too deep"],
  ];
  for (const [text, place, message] of rows) {
    const all = messagesOf(text);
    const found = all.find((line) => line.startsWith(`${FILE}:${place}: `));
    assert(found?.includes(message), `${text}: ${all.join("\n")}`);
    assert(!all.some((line) => line.includes("secret")), all.join("\n"));
  }
});

Deno.test("parseSettings() tells all that is wrong, in the order of the file, and 20 at most", () => {
  const text =
    '{\n"prot": 1,\n"port": "x",\n"cgi": 1\n"compress": yes,\n"bind": [1, true]\n}';
  const places = messagesOf(text).map((line) => line.split(":")[1]);
  assertEquals(places, ["2", "3", "4", "5", "5", "6", "6"]);
  const many = Array.from({ length: 50 }, (_, at) => `"no${at}": 1`);
  const messages = messagesOf(`{${many.join(",\n")}}`);
  assertEquals(messages.length, MAX_FILE_ERRORS + 1);
  assertEquals(messages.at(-1), `${FILE}: and 30 more`);
});

/** What the row reads of a sample, as JSON has it. */
function samplesOf(row: typeof FLAG_TABLE[number]): readonly unknown[] {
  if (isSwitch(row)) return [true, false];
  const sample = sampleOf(row);
  return [
    sample,
    ...row.repeatable === true ? [[sample], []] : [],
    ...row.otherwise === undefined ? [] : [true, false],
    ...row.on === true ? [true, false] : [],
    ...String(Number(sample)) === sample ? [Number(sample)] : [],
  ];
}

Deno.test("parseSettings(): every flag of the table can be in the file, and says the same as on a command line", () => {
  for (const row of FLAG_TABLE.filter(isFileSetting)) {
    for (const sample of samplesOf(row)) {
      layerOf(JSON.stringify({ [row.name]: sample }));
    }
    const word = isSwitch(row)
      ? `--${row.name}`
      : `--${row.name}=${sampleOf(row)}`;
    const line = readCommandLine([word]);
    assert("flags" in line, word);
    const [sample] = samplesOf(row);
    const layer = layerOf(JSON.stringify({ [row.name]: sample }), "serve.json");
    assertEquals(
      layer.get(row.name)?.given,
      line.flags.get(row.name)?.given,
      row.name,
    );
  }
});

interface Ajv {
  readonly compile: (schema: unknown) => (value: unknown) => boolean;
}

const { default: Ajv2020 } = await loadPackage("ajv", "dist/2020.js") as {
  default: new (
    options: { strict: true; strictTypes: false; allErrors: true },
  ) => Ajv;
};
const isValid = new Ajv2020({
  strict: true,
  strictTypes: false,
  allErrors: true,
}).compile(JSON.parse(settingsSchema()));

Deno.test("settingsSchema(): accepts what every flag takes, and refuses what it does not", () => {
  for (const row of FLAG_TABLE) {
    const { name, closed, repeatable } = row;
    const isThere = isFileSetting(row);
    for (const sample of samplesOf(row)) {
      assertEquals(isValid({ [name]: sample }), isThere, `${name}: ${sample}`);
    }
    const wrong = [null, {}, [[]], ...closed === true ? ["no", 7] : []];
    if (!isSwitch(row) && repeatable !== true) wrong.push([]);
    if (isSwitch(row)) wrong.push("yes", 1);
    for (const value of wrong) {
      const text = `${name}: ${JSON.stringify(value)}`;
      assert(!isValid({ [name]: value }), text);
    }
  }
  assert(isValid({ $schema: "a.json" }));
  for (
    const wrong of [
      { prot: 1 },
      { port: 65_536 },
      { port: 1.5 },
      { workers: 0 },
      { workers: "many" },
      { port: "x" },
      { "share-for": "2" },
      { "upload-max": "2T" },
      { directory: "" },
      [],
    ]
  ) {
    assert(!isValid(wrong), JSON.stringify(wrong));
  }
});

Deno.test("settingsSchema() has the help, the default and the words of every flag", () => {
  const { properties, $schema } = JSON.parse(settingsSchema());
  assertEquals($schema, "https://json-schema.org/draft/2020-12/schema");
  for (const row of FLAG_TABLE.filter(isFileSetting)) {
    const property = properties[row.name];
    assertEquals(property.description, row.help);
    if (isSwitch(row)) assertEquals(property.default, row.on === true);
    const text = JSON.stringify(property);
    for (const word of row.choices ?? []) assert(text.includes(word), row.name);
  }
  assertEquals(properties.port.default, 8000);
  assertEquals(properties.listing.default, "page");
  assertEquals(properties["trailing-slash"].enum, ["always", "never", "keep"]);
});

const RUNTIME = currentRuntime();

/** What is printed for the words of a command line, some variables and a file. */
async function printed(
  words: readonly string[],
  variables: Record<string, string> = {},
  file?: string,
): Promise<string> {
  const line = readCommandLine(words);
  assert("flags" in line);
  const configured = await configure(line.flags, {
    ...RUNTIME,
    workingDirectory: () => "/work",
    variables: () => new Map(Object.entries(variables)),
    readText: () => ({ kind: "text", text: file ?? "" }),
  });
  assert(configured.kind === "configured", JSON.stringify(configured));
  return printSettings(configured.given, {
    ...RUNTIME,
    workingDirectory: () => "/work",
  });
}

Deno.test("--print-config says what holds, and where it comes from: flag, variable, file, default", async () => {
  const text = await printed(
    ["9000", "--config=etc/serve.json", "-H", "X-A: 1"],
    { SERVE_PORT: "9001", SERVE_DOTFILES: "1", SERVE_CORS: "0" },
    '{"port": 9002, "dotfiles": false,\n"directory": "dist", "cors": true,\n"header": ["X-B: 1"], "max-requests": 5}',
  );
  for (
    const line of [
      '"port": 9000, // flag',
      '"header": ["X-A: 1"], // flag',
      '"dotfiles": true, // SERVE_DOTFILES',
      '// "cors": false, // default by SERVE_CORS',
      '"directory": "/work/etc/dist", // etc/serve.json:2',
      '"max-requests": 5, // etc/serve.json:3',
      '// "compress": true, // default',
      '// "listing": "page", // default',
      '// "log-file": not set: append the log to FILE; SIGHUP opens it anew',
    ]
  ) {
    assert(text.split("\n").includes(`  ${line}`), `${line}\n${text}`);
  }
  assert(!text.includes("X-B"), text);
});

Deno.test("--print-config hides passwords and the variables of scripts, and says so", async () => {
  const text = await printed(
    ["--basic-auth", "ada:secret", "--upload-auth=bob:sec:ret"],
    { SERVE_CGI_ENV: "KEY=secret=\nHOME" },
  );
  assert(!/secret|sec:ret/.test(text), text);
  assertMatch(text, /^\/\/ Passwords and variables of scripts are hidden/m);
  assertMatch(text, /"basic-auth": \["ada:\*\*\*"\], \/\/ flag/);
  assertMatch(text, /"cgi-env": \["KEY=\*\*\*","HOME"\], \/\/ SERVE_CGI_ENV/);
  assert(!(await printed([])).includes("hidden"));
});

Deno.test("--print-config: a name of a file cannot end its comment", async () => {
  const path = 'a\n"port": 1, //\u2028';
  const text = await printed([`--config=${path}`], {}, '{"cgi": true}');
  assertEquals(valuesOf(layerOf(text)), { cgi: true });
});

/** Some flags with values that they take, as JSON. */
function someSettings(random: Random): Record<string, unknown> {
  const rows = FLAG_TABLE.filter((row) =>
    isFileSetting(row) && row.secret !== true
  );
  const names = Array.from(
    { length: random.below(12) },
    () => random.pick(rows),
  );
  return Object.fromEntries(
    names.map((row) => [row.name, random.pick(samplesOf(row))]),
  );
}

Deno.test("--print-config can be used as --config again: the settings are the same", () => {
  let count = 0;
  forSeeds(500, (random) => {
    const layer = layerOf(JSON.stringify(someSettings(random)), "/a/b.json");
    let settings;
    try {
      settings = toSettings(valuesOf(layer));
    } catch {
      return; // some exclude each other
    }
    const text = printSettings(layer, RUNTIME);
    const again = layerOf(text, "/c/d.json");
    assertEquals(toSettings(valuesOf(again)), settings, text);
    count++;
  });
  assert(count > 50, String(count));
});

const PIECES = [
  ...["{", "}", "[", "]", ",", ":", '"', "//", "/*", "*/", "\n", "\\", " "],
  ...["true", "false", "null", "1", "-1", "1e400", "0.5", "'", "\0", "\ud800"],
  ...['"port"', '"cors"', '"bind"', '"header"', '"basic-auth"', '"$schema"'],
  ...['"directory"', '"cgi-ext"', '"no-etag"', '"trusted-proxy"', '"a:b"'],
  ...['{"port": 1', '"\\u0000"', '"\\ud800"', '"/**=A: b"', '"__proto__"'],
];

Deno.test("parseSettings() explains whatever text there is: settings, or errors with a place", () => {
  forSeeds(3_000, (random) => {
    const text = random.join(PIECES, 30);
    const file = parseSettings(text, FILE, posix);
    if (file.kind === "layer") {
      JSON.stringify(valuesOf(file.layer));
      return;
    }
    assert(file.messages.length > 0);
    for (const message of file.messages) {
      assertMatch(message, /^etc\/serve\.json:(?: and \d+ more|\d+:\d+: .+)/s);
    }
  });
});

Deno.test("parseSettings() reads whatever values there are, or says why not", () => {
  const values: readonly unknown[] = [
    ...[null, true, false, 0, -1, 1.5, 1e308, "", "a", "0", "auto", "none"],
    ...["a:b", "A: b", "::1", "unix:a", ".py=python3", "10M", "2h", "*", "%"],
    ...[[], ["a"], ["a:b", "a:b"], [1, null], {}, { a: 1 }, "\u0000", "%h %r"],
    ...["\ud800", "a\r\nb", "x".repeat(10_000)],
  ];
  forSeeds(3_000, (random) => {
    const row = random.pick(FLAG_TABLE);
    const value = random.pick(values);
    const text = JSON.stringify({ [row.name]: value });
    const file = parseSettings(text, FILE, posix);
    if (file.kind === "invalid") {
      for (const message of file.messages) {
        assertMatch(message, /^etc\/serve\.json:1:\d+: .+/s);
      }
    }
  });
});

Deno.test("parseSettings() reads long texts, without a stack for each of their parts", () => {
  const rows: Array<[text: string, faults: number]> = [
    [`{"immutable": [${'"a",\n'.repeat(50_000)}]}`, 0],
    [`{${"/* */\n".repeat(100_000)}}`, 0],
    [`{${'"header": ["A: b"],\n'.repeat(20_000)}}`, MAX_FILE_ERRORS + 1],
    ["{,".repeat(20_000), MAX_FILE_ERRORS + 1],
    [`{"bind": [${'"a b",\n'.repeat(20_000)}]}`, MAX_FILE_ERRORS + 1],
  ];
  for (const [text, faults] of rows) {
    const file = parseSettings(text, FILE, posix);
    const count = file.kind === "invalid" ? file.messages.length : 0;
    assertEquals(count, faults, text.slice(0, 20));
  }
});
