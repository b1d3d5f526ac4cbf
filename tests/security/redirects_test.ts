/** A Location always begins with exactly one slash: no redirect leaves the site. */

import { assert, assertEquals } from "@std/assert";
import { createHandler } from "../../main.ts";
import { filesOf } from "../support/site.ts";

const TREE = {
  "/host/dir/a": "",
  "/evil.com/a": "",
  "/a:b/c": "",
  "/\\x/a": "",
};

Deno.test("redirects stay on this site", async () => {
  const handler = createHandler({
    root: "/",
    files: filesOf(TREE),
    log: false,
  });
  const targets = [
    "/host/dir",
    "//host/dir",
    "///host/dir",
    "/\\host",
    "/\\/host",
    "\\\\host",
    "//evil.com",
    "//evil.com/..",
    "/./evil.com",
    "/.//evil.com",
    "/..//evil.com",
    "/%2fevil.com",
    "/%2f%2fevil.com",
    "//host%2f..",
    "/%5cx",
    "/host%2fdir",
    "/host%2f%5cdir",
    "/%5c%2fhost",
    "/a:b",
    "/host?//evil.com",
    "/host?\r\nSet-Cookie: a=b",
    "/host?\u{e9}\u{1f600}",
  ];
  let redirects = 0;
  for (const target of targets) {
    const request = new Request("http://localhost/");
    Object.defineProperty(request, "url", {
      value: `http://localhost${target}`,
    });
    const response = await handler(request);
    const location = response.headers.get("location");
    await response.body?.cancel();
    if (location === null) {
      assert([200, 404].includes(response.status), target);
      continue;
    }
    redirects++;
    assert(/^\/(?![/\\])/.test(location), `${target} → ${location}`);
    assertEquals(new URL(location, "http://localhost").host, "localhost");
  }
  assert(redirects >= 14, `only ${redirects} redirects were looked at`);
});
