/** The handler inside other people's servers, on both runtimes. */

import { assertEquals } from "@std/assert";
import { command, PROJECT, temporaryDirectory } from "../support/program.ts";

/** What the README tells people to write, each printing what a client of it gets. */
const SERVERS = {
  Deno: `const server = Deno.serve({ port: 0, onListen() {} }, handler);
    await show(server.addr.port);
    await server.shutdown();`,
  Bun: `const server = Bun.serve({ port: 0, fetch: handler });
    await show(server.port);
    server.stop(true);`,
} as const;

for (const runtime of ["Deno", "Bun"] as const) {
  Deno.test(`${runtime}: createHandler() is all that ${runtime}.serve needs, peer and log included`, async () => {
    using directory = temporaryDirectory();
    const script = `${directory.path}/embed.ts`;
    Deno.writeTextFileSync(`${directory.path}/a.txt`, "hello");
    Deno.writeTextFileSync(
      script,
      `import { createHandler } from "${PROJECT}main.ts";
      const log = ({ peer, status, bytes }) => console.log(peer.address, status, bytes);
      const handler = createHandler({ root: ${
        JSON.stringify(directory.path)
      }, log });
      const show = async (port) => {
        const response = await fetch(\`http://127.0.0.1:\${port}/a.txt\`);
        console.log(await response.text());
        await new Promise((resolve) => setTimeout(resolve, 50));
      };
      ${SERVERS[runtime]}`,
    );
    const [program] = await command(runtime);
    const words = runtime === "Deno"
      ? [
        "run",
        "--no-check",
        "--allow-net",
        "--allow-read",
        `--config=${PROJECT}deno.json`,
      ]
      : ["run"];
    const { stdout } = await new Deno.Command(program, {
      args: [...words, script],
      cwd: PROJECT,
      env: { NO_COLOR: "1" },
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n")
      .toSorted();
    assertEquals(lines, ["127.0.0.1 200 5", "hello"]);
  });
}
