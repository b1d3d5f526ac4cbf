import { assert, assertEquals } from "@std/assert";
import { type CommandLine, parseCommandLine } from "../support/command_line.ts";
import { FLAG_TABLE } from "../../lib/program/flags.ts";
import { sampleOf } from "../support/flag_samples.ts";
import type { Settings } from "../../lib/program/settings.ts";

function field(
  name: string,
  value: string,
  glob?: string,
): Settings["headers"][number] {
  return { glob, value: [name, value] };
}

function bound(hostname: string): Settings["where"] {
  return { binds: [{ kind: "host", hostname }], fallback: false };
}

const DEFAULTS: Settings = {
  port: 8000,
  directory: ".",
  where: { binds: [], fallback: false },
  headers: [],
  cacheControl: [],
  immutable: [],
  noEtag: [],
  cors: false,
  isolate: false,
  compress: true,
  sidecars: true,
  contentType: undefined,
  urlRoot: undefined,
  protocol: undefined,
  listing: "page",
  readme: true,
  archive: true,
  dotfiles: false,
  spa: undefined,
  cleanUrls: false,
  trailingSlash: undefined,
  hostFiles: undefined,
  reload: false,
  config: undefined,
  admin: undefined,
  followSymlinks: false,
  mergeSlashes: false,
  https: undefined,
  open: false,
  qr: false,
  cgi: undefined,
  upload: undefined,
  share: undefined,
  workers: 1,
  access: {
    users: undefined,
    file: undefined,
    proxies: [],
  },
  log: { format: "http.server", file: undefined, quiet: false },
  maxConnections: undefined,
  limits: {
    headerTimeout: undefined,
    idleTimeout: undefined,
    stallTimeout: undefined,
    maxRequests: undefined,
  },
};

Deno.test("parseCommandLine() reads flags and arguments", () => {
  const rows: Array<[string[], Partial<Settings>]> = [
    [[], {}],
    [["8001"], { port: 8001 }],
    [["0"], { port: 0 }],
    [["--port", "8001"], { port: 8001 }],
    [["--port=0", "public"], { port: 0, directory: "public" }],
    [["--port=80", "-d", "8001"], { port: 80, directory: "8001" }],
    [["65535"], { port: 65_535 }],
    [["public"], { directory: "public" }],
    [["8001", "public"], { port: 8001, directory: "public" }],
    [["public", "8001"], { port: 8001, directory: "public" }],
    [["8001", "8002"], { port: 8001, directory: "8002" }],
    [["./8001"], { directory: "./8001" }],
    [["-d", "8001"], { directory: "8001" }],
    [["-d", "public", "8001"], { port: 8001, directory: "public" }],
    [["--directory=public"], { directory: "public" }],
    [["--directory", "-public"], { directory: "-public" }],
    [["-d", "--"], { directory: "--" }],
    [["--", "-public"], { directory: "-public" }],
    [["-b", "127.0.0.1"], { where: bound("127.0.0.1") }],
    [["-b127.0.0.1"], { where: bound("127.0.0.1") }],
    [["-b::1"], { where: bound("::1") }],
    [["--bind", "::1", "80"], { where: bound("::1"), port: 80 }],
    [["--bind=::"], { where: bound("::") }],
    [["-H", "X-A", "b"], { headers: [field("X-A", "b")] }],
    [["-H", "X-A", "b: c"], { headers: [field("X-A", "b: c")] }],
    [["-H", "X-A", "-1"], { headers: [field("X-A", "-1")] }],
    [["-H", "X-A: b"], { headers: [field("X-A", "b")] }],
    [["-H", "X-A:", "1"], { headers: [field("X-A", "1")] }],
    [["-HX-A: b"], { headers: [field("X-A", "b")] }],
    [["-b", "[::1]"], { where: bound("::1") }],
    [["-H", "X-A:b:c", "8001"], { port: 8001, headers: [field("X-A", "b:c")] }],
    [["--header=X-A: b"], { headers: [field("X-A", "b")] }],
    [["-H", "**/*.js.gz=Content-Encoding: gzip"], {
      headers: [field("Content-Encoding", "gzip", "**/*.js.gz")],
    }],
    [["-H", "A", "1", "--header", "A: 2"], {
      headers: [field("A", "1"), field("A", "2")],
    }],
    [["--content-type", "text/plain"], { contentType: "text/plain" }],
    [["-H", "/a/**=X-A: b=c"], { headers: [field("X-A", "b=c", "/a/**")] }],
    [["-H", "/a/*=X-A", "b"], { headers: [field("X-A", "b", "/a/*")] }],
    [["--cache-control", "max-age=5"], {
      cacheControl: [{ glob: undefined, value: "max-age=5" }],
    }],
    [["--cache-control", "no-store", "--cache-control=/a/**=max-age=5"], {
      cacheControl: [
        { glob: undefined, value: "no-store" },
        { glob: "/a/**", value: "max-age=5" },
      ],
    }],
    [["--cache-control", "a/**=max-age=5"], {
      cacheControl: [{ glob: "a/**", value: "max-age=5" }],
    }],
    [["--cache-control", "/my files: a/**=max-age=5"], {
      cacheControl: [{ glob: "/my files: a/**", value: "max-age=5" }],
    }],
    [["-H", "X-A: http://a?b=c"], { headers: [field("X-A", "http://a?b=c")] }],
    [["--no-archive", "--archive-max-bytes", "1K"], { archive: false }],
    [["--archive-max-entries", "5"], { archive: { maxEntries: 5 } }],
    [["--archive-max-bytes", "1K"], { archive: { maxBytes: 1024 } }],
    [["--immutable", "assets", "--immutable", "js"], {
      immutable: ["assets", "js"],
    }],
    [["--no-etag"], { noEtag: ["/**"] }],
    [["--no-etag", "public"], { noEtag: ["/**"], directory: "public" }],
    [["--no-etag=**/*.gem", "--no-etag=/a"], { noEtag: ["**/*.gem", "/a"] }],
    [["--cors", "public"], { cors: true, directory: "public" }],
    [["--cors=https://a.example, https://b.example"], {
      cors: ["https://a.example", "https://b.example"],
    }],
    [["--isolate"], { isolate: true }],
    [["--no-compress", "--no-sidecars"], { compress: false, sidecars: false }],
    [["--compress", "public"], { directory: "public" }],
    [["--dotfiles"], { dotfiles: true }],
    [["--follow-symlinks"], { followSymlinks: true }],
    [["--open", "--qr", "public"], {
      open: true,
      qr: true,
      directory: "public",
    }],
    [["--share"], { share: { duration: undefined, times: undefined } }],
    [["--share-for", "2h"], {
      share: { duration: 7_200_000, times: undefined },
    }],
    [["--share-for=90S"], { share: { duration: 90_000, times: undefined } }],
    [["--share-for=30m", "--share-times", "10", "--share"], {
      share: { duration: 1_800_000, times: 10 },
    }],
    [["--share-for=400d"], {
      share: { duration: 34_560_000_000, times: undefined },
    }],
    [["-q"], { log: { ...DEFAULTS.log, quiet: true } }],
    [["--quiet", "public"], {
      log: { ...DEFAULTS.log, quiet: true },
      directory: "public",
    }],
    [["--log-format", "json", "--log-file=a.log"], {
      log: { format: "json", file: "a.log", quiet: false },
    }],
    [["--basic-auth", "a:b:c", "--basic-auth=é:ö"], {
      access: {
        ...DEFAULTS.access,
        users: { a: "b:c", é: "ö" },
      },
    }],
    [["--basic-auth-file", "users"], {
      access: { ...DEFAULTS.access, file: "users" },
    }],
    [["--trusted-proxy=loopback", "--trusted-proxy", "10.0.0.0/8,::1"], {
      access: {
        ...DEFAULTS.access,
        proxies: ["loopback", "10.0.0.0/8", "::1"],
      },
    }],
    [["--upload"], { upload: { directory: ".", only: false } }],
    [["--upload=in", "--upload-max=2G", "--upload-total", "10m"], {
      upload: {
        directory: "in",
        only: false,
        maxFile: 2 * 1024 ** 3,
        maxTotal: 10 * 1024 ** 2,
      },
    }],
    [["--upload-only", "--upload-keep-free=0", "--upload-at-once=3"], {
      upload: { only: true, keepFree: 0, maxAtOnce: 3 },
    }],
    [["--on-duplicate=refuse", "--upload-auth", "a:b:c"], {
      upload: {
        only: false,
        onDuplicate: "refuse",
        auth: { users: { a: "b:c" } },
      },
    }],
    [["--max-connections", "100"], { maxConnections: 100 }],
    [["--header-timeout", "2.5", "--idle-timeout=0", "--max-requests=9"], {
      limits: {
        ...DEFAULTS.limits,
        headerTimeout: 2500,
        idleTimeout: 0,
        maxRequests: 9,
      },
    }],
    [["--stall-timeout", "60"], {
      limits: { ...DEFAULTS.limits, stallTimeout: 60_000 },
    }],
  ];
  for (const [words, expected] of rows) {
    assertEquals(
      parseCommandLine(words),
      { kind: "serve", settings: { ...DEFAULTS, ...expected } },
      words.join(" "),
    );
  }
});

Deno.test("parseCommandLine() knows help, whatever else there is", () => {
  const rows: Array<[string[], string]> = [
    [["-h"], ""],
    [["--help"], ""],
    [["8000", "x", "--help"], ""],
    [["--help", "-q"], ""],
    [["--help="], ""],
    [["--help", "cgi"], "cgi"],
    [["--help=cgi"], "cgi"],
    [["-h", "HTTPS"], "https"],
    [["-h=all", "8000"], "all"],
    [["-qh"], ""],
    // Help comes before other wishes, and before mistakes.
    [["--version", "--help"], ""],
    [["--nope", "--help"], ""],
    [["65536", "a", "b", "--help", "log"], "log"],
    [["-d", "--help"], ""],
    [["--dotfiles=0", "--completions", "--help"], ""],
  ];
  for (const [words, topic] of rows) {
    const line = parseCommandLine(words);
    assertEquals(line, { kind: "help", topic }, words.join(" "));
  }
  const { kind } = parseCommandLine(["--", "--help"]);
  assertEquals(kind, "serve");
});

Deno.test("parseCommandLine() knows what only prints something", () => {
  const rows: Array<[string[], CommandLine]> = [
    [["--version"], { kind: "version" }],
    [["--version", "65536"], { kind: "version" }],
    [["--man", "--version"], { kind: "version" }],
    [["--man"], { kind: "man" }],
    [["--print-schema", "8000"], { kind: "print-schema" }],
    [["--print-schema", "--man"], { kind: "man" }],
    [["--completions", "bash"], { kind: "completions", shell: "bash" }],
    [["--completions=zsh"], { kind: "completions", shell: "zsh" }],
    [["--completions", "Fish", "8000"], {
      kind: "completions",
      shell: "fish",
    }],
  ];
  for (const [words, expected] of rows) {
    assertEquals(parseCommandLine(words), expected, words.join(" "));
  }
});

Deno.test("parseCommandLine() says in one line what is wrong", () => {
  const rows: Array<[string[], string]> = [
    [["--basic-auth", "secret"], "--basic-auth needs USER:PASSWORD"],
    [["--basic-auth", ":secret"], "--basic-auth needs USER:PASSWORD"],
    [
      ["--basic-auth", "a:b", "--basic-auth", "secret:"],
      "--basic-auth (number 2)",
    ],
    [["--basic-auht=a:secret"], 'unknown flag "--basic-auht"'],
    [["--trusted-proxy", "10/8"], 'Cannot trust "10/8"'],
    [["--log-format", "comon"], 'Cannot log as "comon"'],
    [["--log-format", "%h %z"], 'Cannot log "%z"'],
    [["--nope"], 'unknown flag "--nope"'],
    [["--bin", "::1"], 'unknown flag "--bin" (did you mean --bind?)'],
    [["--directry=a"], 'unknown flag "--directry" (did you mean --directory?)'],
    [["--no-side"], 'unknown flag "--no-side" (did you mean --no-sidecars?)'],
    [["--port", "65536"], "bad port 65536: expected 0 to 65535"],
    [["--port", "80x"], "bad port 80x: expected 0 to 65535"],
    [["--port="], "--port needs a value"],
    [["--port", "1", "2"], 'two ports: "1", "2"'],
    [
      ["--cors", "http://o"],
      '"http://o" is a URL, and no directory; for --cors',
    ],
    [["--workers", "0"], '--workers needs 1 to 256, or auto, not "0"'],
    [["--max-connections", "0"], '--max-connections needs 1 or more, not "0"'],
    [
      ["--idle-timeout", "-1"],
      '--idle-timeout needs seconds, such as 30, or 0 for any time, not "-1"',
    ],
    ...["2", "0h", "1.5h", "-1h", "h", "2w", "1h30m", "forever"].map((
      time,
    ): [string[], string] => [
      [`--share-for=${time}`],
      `--share-for needs a time such as 90s, 30m, 2h or 7d, not "${time}"`,
    ]),
    [["--share-for="], "--share-for needs a value"],
    [["--share-times=0"], '--share-times needs 1 or more, not "0"'],
    [
      ["--share", "--workers=2"],
      "--share counts downloads: it has no --workers",
    ],
    [
      ["--share-for=2h", "--workers=auto"],
      "--share counts downloads: it has no --workers",
    ],
    [["--max-requests", "0"], '--max-requests needs 1 or more, not "0"'],
    [["-x"], 'unknown flag "-x"'],
    [["--no-etag="], "--no-etag needs a value"],
    [["--etag"], 'unknown flag "--etag"'],
    [["--etag=*"], 'unknown flag "--etag"'],
    [["--no-quiet"], 'unknown flag "--no-quiet"'],
    [["--constructor"], 'unknown flag "--constructor"'],
    [["--__proto__=1"], 'unknown flag "--__proto__"'],
    [["-5"], 'unknown flag "-5"'],
    [["--dotfiles=0"], "--dotfiles takes no value"],
    [["--compress=yes"], "--compress takes no value"],
    [[""], "an argument is empty"],
    [["0", ""], "an argument is empty"],
    [["65536"], "bad port 65536: expected 0 to 65535"],
    [
      ["99999999999999999999"],
      "bad port 99999999999999999999: expected 0 to 65535",
    ],
    [["a", "b"], 'too many arguments: "a", "b"'],
    [["1", "2", "3"], 'too many arguments: "1", "2", "3"'],
    [["-d", "a", "b"], 'two directories: "a", "b"'],
    [["-d"], "-d needs DIR"],
    [
      ["--help", "nope"],
      'no help on "nope", but on where, what, site, https, access, upload, cgi, log, service, program or all',
    ],
    [["--help=8000"], 'no help on "8000"'],
    [["--completions"], "--completions needs SHELL"],
    [["--host-files"], "--host-files needs netlify or cloudflare"],
    [
      ["--host-files=vercel"],
      '--host-files needs netlify or cloudflare, not "vercel"',
    ],
    [["--trailing-slash"], "--trailing-slash needs always, never or keep"],
    [["--live-reload"], 'unknown flag "--live-reload": type --reload'],
    [["--admin=9464"], '--admin: bad address "9464"'],
    [["--completions="], "--completions needs a value"],
    [
      ["--completions", "tcsh"],
      'no completions for "tcsh", but for bash, zsh or fish',
    ],
    [["--version", "--nope"], 'unknown flag "--nope"'],
    [["--upload", "--workers=2"], "--upload needs one thread"],
    [["--upload-auth", "secret"], "--upload-auth needs USER:PASSWORD"],
    [["--upload-max", "2T"], "--upload-max needs bytes"],
    [["--upload-keep-free", "-1"], "--upload-keep-free needs bytes"],
    [["--upload-at-once", "0"], "--upload-at-once needs 1 or more"],
    [["--upload="], "--upload needs a value"],
    [["--directory="], "--directory needs a value"],
    [["-b"], "-b needs ADDRESS"],
    [["-H", "X-A"], "-H needs NAME VALUE"],
    [["--header=X-A"], '--header needs "NAME: VALUE", not "X-A"'],
    [["-H", "Content-Length: 5"], 'Cannot add header "Content-Length"'],
    [["-H", "X A", "b"], 'Cannot add header "X A"'],
    [["-H", "X-A: b\r\nX-B: c"], 'Cannot add header "X-A"'],
  ];
  for (const [words, start] of rows) {
    const line = parseCommandLine(words);
    assert(line.kind === "invalid", words.join(" "));
    assert(line.message.startsWith(start), line.message);
    assert(!line.message.includes("secret"), line.message);
  }
});

/** What else must be given with a flag. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  "redirect-http": ["--tls-self-signed"],
  "tls-key": ["--tls-cert", "cert.pem"],
  "tls-password-file": ["--tls-cert", "cert.pem"],
};

Deno.test("every flag of the table can be given, by name and by letter", () => {
  for (const row of FLAG_TABLE) {
    const { name, letter, values, otherwise } = row;
    if (otherwise !== undefined) {
      const word = `--${name}=${sampleOf(row)}`;
      assert(parseCommandLine([word]).kind !== "invalid", word);
    }
    const sample = otherwise !== undefined
      ? []
      : values.length === 2
      ? ["X-A", "b"]
      : values.map(() => sampleOf(row));
    for (const word of [`--${name}`, ...letter ? [`-${letter}`] : []]) {
      const words = [word, ...sample, ...NEEDS[name] ?? []];
      assert(parseCommandLine(words).kind !== "invalid", word);
    }
  }
});
