/** RFC 9110 §7: which resource a request is for, and §12.5: what is not negotiated. */

import { assertEquals } from "@std/assert";
import { createHandler, readTarget } from "../../main.ts";
import { filesOf, rawRequest, site } from "../support/site.ts";

Deno.test("RFC 9110 §7.2: a malformed Host is answered 400, whatever path it feigns", async () => {
  for (const host of ["a/b?x#", "evil@host", "a b", "[::1"]) {
    assertEquals(readTarget(rawRequest("/", { host })).kind, "malformed", host);
  }
  const handler = createHandler({
    root: "/",
    files: filesOf({ "/a": "a" }),
    log: false,
  });
  const request = new Request("http://localhost/a", {
    headers: { host: "a/b" },
  });
  assertEquals((await handler(request)).status, 400);
});

Deno.test("RFC 9110 §7.2: Host takes no part in which resource it is", async () => {
  const handler = createHandler({
    root: "/",
    files: filesOf({ "/a": "a" }),
    log: false,
  });
  for (const host of ["localhost", "example.com:1", "[::1]:8000"]) {
    assertEquals(
      (await handler(new Request(`http://${host}/a`))).status,
      200,
      host,
    );
  }
});

Deno.test("RFC 9110 §7.1: a query does not change which file it is", async () => {
  for (const path of ["/a", "/a?", "/a?b=c", "/a?%zz", "/a?/../b"]) {
    assertEquals((await site({ "/a": "a" })(path)).status, 200, path);
  }
});

Deno.test("RFC 9110 §12.5.1, §12.5.4: there is one representation for all types and languages", async () => {
  const fetch = site({ "/a.txt": "a" });
  for (
    const headers of [{ accept: "image/png" }, { "accept-language": "tlh" }]
  ) {
    const response = await fetch("/a.txt", { headers });
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("vary"), null);
  }
});
