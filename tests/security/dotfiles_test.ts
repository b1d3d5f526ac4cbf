/** Names that begin with a dot are absent (decision D6), wherever they stand in the path. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { site } from "../support/site.ts";

const TREE = {
  "/.env": "SECRET",
  "/.git/config": "SECRET",
  "/a/.git/config": "SECRET",
  "/a/b.txt": "b",
  "/.well-known/security.txt": "contact",
  "/.well-known/.hidden": "SECRET",
};

Deno.test("dotfiles are absent (404), also encoded and deep", async () => {
  const paths = [
    "/.env",
    "/%2eenv",
    "/.%65nv",
    "/.git/",
    "/.git",
    "/.%67it/config",
    "/.GIT/config",
    "/a/.git/config",
    "/a/../.env",
    "/.well-known/.hidden",
    "/...",
  ];
  for (const path of paths) {
    const response = await site(TREE)(path);
    assertEquals(response.status, 404, path);
    assertEquals((await response.text()).includes("SECRET"), false);
  }
});

Deno.test(".well-known is served (RFC 8615)", async () => {
  const response = await site(TREE)("/.well-known/security.txt");
  assertEquals(await response.text(), "contact");
});

Deno.test("listings do not tell of dotfiles", async () => {
  const text = await (await site(TREE)("/")).text();
  assertEquals(text.includes(".env"), false);
  assertEquals(text.includes(".git"), false);
  assertStringIncludes(text, ".well-known/");
});

Deno.test("the dotfiles option serves and lists them", async () => {
  const fetch = site(TREE, { dotfiles: true });
  assertEquals(await (await fetch("/.env")).text(), "SECRET");
  assertEquals((await fetch("/a/.git/config")).status, 200);
  assertStringIncludes(await (await fetch("/")).text(), '<a href=".env">');
});
