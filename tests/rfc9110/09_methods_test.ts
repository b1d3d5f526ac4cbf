/** RFC 9110 §9: methods, with decision D11. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { createHandler } from "../../main.ts";
import { filesOf, rawRequest, site } from "../support/site.ts";

const TREE = { "/a.txt": "hello", "/d/index.html": "<p>", "/e/f": "" };
const ALLOW = "GET, HEAD, OPTIONS";

Deno.test("RFC 9110 §9.3.2: HEAD has the fields of GET and no content", async () => {
  const fetch = site(TREE);
  for (const path of ["/a.txt", "/d/", "/d", "/e/", "/x", "/%zz"]) {
    const get = await fetch(path);
    const head = await fetch(path, { method: "HEAD" });
    assertEquals(head.status, get.status, path);
    assertEquals([...head.headers], [...get.headers], path);
    assertEquals(head.body, null, path);
    await get.body?.cancel();
  }
});

Deno.test("RFC 9110 §9.3.7: OPTIONS is answered 204 with Allow", async () => {
  const fetch = site(TREE);
  for (const path of ["/a.txt", "/d/", "/d", "/", "/*"]) {
    const response = await fetch(path, { method: "OPTIONS" });
    assertEquals(response.status, 204, path);
    assertEquals(response.headers.get("allow"), ALLOW, path);
    assertEquals(response.body, null);
  }
});

Deno.test("RFC 9110 §9.3.7: OPTIONS * asks about the server (204)", async () => {
  const files = filesOf({});
  const handler = createHandler({ root: "/", files, log: false });
  const { url } = rawRequest("/*");
  const response = await handler(new Request(url, { method: "OPTIONS" }));
  assertEquals(response.status, 204);
});

Deno.test("RFC 9110 §15.5.6: a registered method that a resource lacks is answered 405 with Allow", async () => {
  const fetch = site(TREE);
  const methods = ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "QUERY"];
  for (const method of methods) {
    for (const path of ["/a.txt", "/d/", "/d"]) {
      const response = await fetch(path, { method });
      assertEquals(response.status, 405, `${method} ${path}`);
      assertEquals(response.headers.get("allow"), ALLOW);
      await response.body?.cancel();
    }
  }
});

Deno.test("RFC 9110 §15.6.2: a method that nobody registered is answered 501", async () => {
  const fetch = site(TREE);
  for (const method of ["SPAM", "PURGE", "get2", "propfind"]) {
    const response = await fetch("/a.txt", { method });
    assertEquals(response.status, 501, method);
    assertStringIncludes(
      await response.text(),
      `Unsupported method (&#39;${method}&#39;)`,
    );
  }
});

Deno.test("RFC 9110 §15.5.5: no method finds what is absent (404)", async () => {
  const fetch = site(TREE);
  for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]) {
    assertEquals((await fetch("/x", { method })).status, 404, method);
  }
});
