/** What options are of their kind, of those that JavaScript hands over unchecked. */

import {
  createHandler,
  createResolve,
  errorReply,
  listen,
  send,
  type SiteOptions,
} from "../../lib/mod.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

/** The message of the `TypeError` that options are refused with; empty when they are taken. */
function refusal(options: object): string {
  try {
    createHandler({ root: ".", log: false, ...options });
    return "";
  } catch (error) {
    assert(error instanceof TypeError, String(error));
    return error.message;
  }
}

const SWITCHES: readonly (keyof SiteOptions)[] = [
  "secretRoot",
  "redirectRoot",
  "singleFile",
  "fallthrough",
  "sidecars",
  "compress",
  "isolate",
  "readme",
  "dotfiles",
  "followSymlinks",
  "mergeSlashes",
  "cleanUrls",
];

Deno.test("a switch is true or false, and no text of the same letters", () => {
  for (const name of SWITCHES) {
    for (const value of ["false", "", 0, null, {}]) {
      const message = refusal({ [name]: value });
      assertStringIncludes(message, `Cannot use ${name}: expected a boolean`);
    }
  }
  for (const name of ["cgi", "upload", "archive"]) {
    const message = refusal({ [name]: "inbox" });
    assertStringIncludes(message, `${name}: expected a boolean or an object`);
  }
});

Deno.test("an option that is not there is refused, with the one that was meant", () => {
  const rows: Array<[object, string]> = [
    [
      { basicauth: {} },
      "Cannot use basicauth: there is no such option (did you mean basicAuth?)",
    ],
    [{ port: 8000 }, "Cannot use port: there is no such option"],
    [
      { upload: { maxBytes: 1 } },
      "Cannot use upload.maxBytes: there is no such option",
    ],
    [
      { cgi: { timeOut: 1 } },
      "cgi.timeOut: there is no such option (did you mean timeout?)",
    ],
    [{ toString: 1 }, "Cannot use toString: there is no such option"],
  ];
  for (const [options, message] of rows) {
    assertStringIncludes(refusal(options), message);
  }
});

Deno.test("what is of another kind is refused, without its value", () => {
  const rows: Array<[object, string]> = [
    [{ basicAuth: "ada:secret" }, "basicAuth: expected an object"],
    [
      { basicAuth: { users: "ada:secret" } },
      "basicAuth.users: expected an object",
    ],
    [
      { upload: { auth: { verify: "secret" } } },
      "upload.auth.verify: expected a function",
    ],
    [{ upload: { only: "false" } }, "upload.only: expected a boolean"],
    [
      { cgi: { environment: "A=secret" } },
      "cgi.environment: expected an object",
    ],
    [{ headers: "X-A: secret" }, "headers: expected an object"],
    [{ headersByPath: {} }, "headersByPath: expected a list"],
    [{ cacheControl: 60 }, "cacheControl: expected text or a list"],
    [{ immutable: "assets" }, "immutable: expected a list"],
    [{ cors: "https://a.example" }, "cors: expected a boolean or a list"],
    [{ log: true }, "log: expected a function or false"],
    [{ scriptLog: false }, "scriptLog: expected a function"],
    [{ serverVersion: 1 }, "serverVersion: expected text or false"],
    [{ defaultType: 1 }, "defaultType: expected text"],
    [{ archive: null }, "archive: expected a boolean or an object"],
  ];
  for (const [options, message] of rows) {
    const text = refusal(options);
    assertStringIncludes(text, message);
    assert(!text.includes("secret"), text);
  }
});

Deno.test("what holds its values otherwise than by name is refused: they would be left out", () => {
  const only = new Map([["only", true]]);
  const rows: Array<[object, string]> = [
    [{ upload: only }, "upload: expected a boolean or an object of names"],
    [{ upload: [] }, "upload: expected a boolean or an object of names"],
    [{ basicAuth: { users: ["ada:secret"] } }, "basicAuth.users: expected"],
    [{ cgi: { environment: ["A=secret"] } }, "cgi.environment: expected"],
    [{ mediaTypes: new Map([[".a", "text/plain"]]) }, "mediaTypes: expected"],
  ];
  for (const [options, message] of rows) {
    const text = refusal(options);
    assertStringIncludes(text, message);
    assert(!text.includes("secret"), text);
  }
});

Deno.test("what options inherit is checked, and counts", async () => {
  class Login {
    get users() {
      return { ada: "secret" };
    }
  }
  const inherited: SiteOptions = Object.create({
    ...{ root: ".", log: false, upload: { auth: new Login() } },
  });
  const put = new Request("http://x/a", { method: "PUT", body: "a" });
  assertEquals((await createHandler(inherited)(put)).status, 401);
  assertEquals(typeof createResolve(Object.create({ root: "." })), "function");
  const misfit = Object.create({ only: "false" });
  assertStringIncludes(
    refusal({ upload: misfit }),
    "upload.only: expected a boolean",
  );
});

Deno.test("undefined is as if the option were not there", () => {
  const none: Omit<SiteOptions, "root"> = {
    basicAuth: undefined,
    headersByPath: undefined,
    cacheControl: undefined,
    mediaTypes: undefined,
    resolve: undefined,
    archive: { maxEntries: undefined },
    upload: { directory: undefined, only: undefined, auth: undefined },
    ...Object.fromEntries(SWITCHES.map((name) => [name, undefined])),
  };
  assertEquals(refusal(none), "");
});

Deno.test("createResolve() and listen() refuse the same", async () => {
  const misspelt = { root: ".", dotFiles: true };
  assertThrows(() => createResolve(misspelt), TypeError, "dotfiles?");
  const handler = () => new Response();
  const rows: Array<[object, string]> = [
    [
      { host: "127.0.0.1" },
      "Cannot use host: there is no such option (did you mean hostname?)",
    ],
    [
      { limits: { idletimeout: 1 } },
      "Cannot use limits.idletimeout: there is no such option",
    ],
    [
      { tls: { cert: "", key: "", pasword: "secret" } },
      "Cannot use tls.pasword: there is no such option (did you mean password?)",
    ],
    [{ portFallback: "false" }, "Cannot use portFallback: expected a boolean"],
  ];
  for (const [options, message] of rows) {
    const error = await assertRejects(() => listen(handler, options));
    assertStringIncludes(String(error), `TypeError: ${message}`);
  }
});

Deno.test("send() takes options that are inherited, and refuses the same", async () => {
  class Quiet {
    get serverVersion() {
      return false as const;
    }
  }
  const request = new Request("http://localhost/");
  const { headers } = await send(errorReply(410), request, new Quiet());
  assertEquals(headers.has("server"), false);
  const misspelt: object = { serverversion: false };
  const error = await assertRejects(() =>
    send(errorReply(410), request, misspelt)
  );
  assertStringIncludes(
    String(error),
    "TypeError: Cannot use serverversion: there is no such option (did you mean serverVersion?)",
  );
});

Deno.test("listen() takes the options that it has checked: each is read once", async () => {
  const reads: string[] = [];
  const once = <Value>(name: string, value: Value) => {
    reads.push(name);
    return value;
  };
  await using _server = await listen(() => new Response(), {
    hostname: "127.0.0.1",
    get port() {
      return once("port", 0);
    },
    get limits() {
      return once("limits", {});
    },
    get onError() {
      return once("onError", () => {});
    },
  });
  assertEquals(reads.toSorted(), ["limits", "onError", "port"]);
});
