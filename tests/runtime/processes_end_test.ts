import { assertEquals } from "@std/assert";
import { denoProcesses } from "../../lib/runtime/deno_processes.ts";
import { nodeProcesses } from "../../lib/runtime/node_processes.ts";
import type { Processes } from "../../lib/ports/processes.ts";

const PORTS: Readonly<Record<string, () => Processes>> = {
  "Deno.Command": () => denoProcesses("posix"),
  "node:child_process": () =>
    nodeProcesses("posix", (name) => Deno.env.get(name)),
};

for (const [name, create] of Object.entries(PORTS)) {
  Deno.test(`${name}: what ends with a status because we told it to, was ended by the signal`, async () => {
    const processes = create();
    const started = await processes.start({
      program: "/bin/sh",
      arguments: ["-c", "trap 'exit 0' TERM; echo; sleep 60 & wait"],
      directory: "/",
      variables: processes.environment,
      user: undefined,
      hasInput: false,
    });
    if ("kind" in started) throw new Error(started.message);
    const { output, errors, ended } = started;
    const reader = output.getReader();
    await reader.read(); // it has set its trap
    await processes.endAll();
    assertEquals(await ended, { code: 0, signal: "SIGTERM" });
    await Promise.all([reader.cancel(), errors.cancel()]);
  });
}
