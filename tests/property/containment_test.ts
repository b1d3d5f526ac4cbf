/** On the real disk, full of links, no target ever yields a byte from outside the root. */

import { assert } from "@std/assert";
import { createHandler } from "../../main.ts";
import { temporaryDirectory } from "../support/program.ts";
import { random } from "../support/random.ts";

const PIECES = [
  ..."/ / / \\ . .. %2e %2f %5c a d in out up self secret.txt .git ~ %2e%2e%2f"
    .split(" "),
];

Deno.test("property: nothing outside the root is served", async () => {
  using directory = temporaryDirectory();
  const root = `${directory.path}/www`;
  for (
    const path of [root, `${root}/d`, `${root}/.git`, `${directory.path}/www-2`]
  ) {
    Deno.mkdirSync(path);
  }
  for (
    const path of ["secret.txt", "www/.git/secret.txt", "www-2/secret.txt"]
  ) {
    Deno.writeTextFileSync(`${directory.path}/${path}`, "SECRET");
  }
  Deno.writeTextFileSync(`${root}/a`, "public");
  Deno.symlinkSync("..", `${root}/out`);
  Deno.symlinkSync("../..", `${root}/d/up`);
  Deno.symlinkSync("d", `${root}/in`);
  Deno.symlinkSync(".", `${root}/self`);
  const handler = createHandler({ root, log: false });
  const { join } = random(1);
  let found = 0;
  for (let count = 0; count < 3000; count++) {
    const request = new Request("http://localhost/");
    const url = `http://localhost/${join(PIECES, 8)}`;
    Object.defineProperty(request, "url", { value: url });
    const response = await handler(request);
    const text = await response.text();
    assert(!text.includes("SECRET") && !text.includes("www-2"), url);
    assert([200, 301, 400, 404].includes(response.status), url);
    if (response.status === 200) found++;
  }
  assert(found > 20, `only ${found} targets led anywhere`);
});
