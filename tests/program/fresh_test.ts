/** What is served is what is there when the request is sent, also under load (decision D90). */

import { assertEquals } from "@std/assert";
import { start, SUBJECTS, temporaryDirectory } from "../support/program.ts";

const FILES = 100;
const CLIENTS = 8;
/** Files that changed lately are not kept at all: so they must have lain for a while. */
const SETTLED_MS = 3100;

async function read(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

for (const subject of SUBJECTS) {
  Deno.test(`${subject}: who asks after a change gets what was written, however many ask for the same`, async () => {
    using directory = temporaryDirectory();
    const paths = Array.from(
      { length: FILES },
      (_, index) => `${directory.path}/${index}.txt`,
    );
    for (const path of paths) Deno.writeTextFileSync(path, "old text");
    await using program = await start(subject, ["0", directory.path, "-q"]);
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    let asked = 0;
    let isOver = false;
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (!isOver) await read(`${program.url}/${asked}.txt`);
    });
    try {
      for (const [index, path] of paths.entries()) {
        asked = index;
        const url = `${program.url}/${index}.txt`;
        // The second is answered from what is known.
        assertEquals([await read(url), await read(url)], [
          "old text",
          "old text",
        ]);
        const next = "new text";
        if (index % 2 === 0) Deno.writeTextFileSync(path, next);
        else {
          Deno.writeTextFileSync(`${path}.next`, next);
          Deno.renameSync(`${path}.next`, path);
        }
        assertEquals(await read(url), next, `file ${index}`);
      }
    } finally {
      isOver = true;
      await Promise.all(clients);
    }
  });
}
