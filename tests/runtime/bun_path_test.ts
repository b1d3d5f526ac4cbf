import { assertEquals } from "@std/assert";
import { userPath } from "../../lib/runtime/bun_processes.ts";

const BUN = "/w/p/node_modules/.bin";
const ABOVE = "/w/node_modules/.bin:/node_modules/.bin";

Deno.test("userPath() is PATH without what `bun run` puts in front, and no less", () => {
  const rows: ReadonlyArray<readonly [string, string | undefined]> = [
    // as Bun 1.4.5 writes them
    [`${BUN}:${BUN}:${ABOVE}:/usr/bin:/bin`, "/usr/bin:/bin"],
    [
      `/w:/w/p/node_modules/.bin:/w/node_modules/.bin:/node_modules/.bin:/bin`,
      "/bin",
    ],
    // a script of package.json, or `bunx`, in a directory below the package; `--filter`
    [`/w:${BUN}:${BUN}:${ABOVE}:/bin`, "/bin"],
    [`${BUN}:${BUN}:${ABOVE}:/w:${BUN}:${BUN}:${ABOVE}:/bin`, "/bin"],
    [`/w/p:${BUN}:${ABOVE}:/bin`, "/bin"],
    [`/tmp/bun-node-0-a7733435c:${BUN}:${BUN}:${ABOVE}:/bin`, "/bin"],
    [`${BUN}:${BUN}:${ABOVE}:${BUN}:${BUN}:${ABOVE}:/bin`, "/bin"],
    [`/tmp/bun-node-0-a7733435c:${BUN}:${BUN}:${ABOVE}:`, undefined],
    // nothing of Bun
    ["/usr/bin:/bin", "/usr/bin:/bin"],
    ["/usr/bin::/bin:", "/usr/bin::/bin:"],
    [`${BUN}:/usr/bin`, `${BUN}:/usr/bin`],
    [`${BUN}:${BUN}:/usr/bin`, `${BUN}:${BUN}:/usr/bin`],
    // npm run, and npx, whose own directory is in front
    [`${BUN}:${ABOVE}:/usr/bin`, `${BUN}:${ABOVE}:/usr/bin`],
    [
      `/root/.npm/_npx/8/node_modules/.bin:${BUN}:${ABOVE}:/usr/bin`,
      `/root/.npm/_npx/8/node_modules/.bin:${BUN}:${ABOVE}:/usr/bin`,
    ],
    ["", undefined],
  ];
  for (const [path, expected] of rows) {
    assertEquals(userPath(path), expected, path);
  }
  assertEquals(userPath(undefined), undefined);
});
