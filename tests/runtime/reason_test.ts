import { reasonOf } from "../../lib/runtime/system.ts";
import { assertEquals } from "@std/assert";

Deno.test("reasonOf() has words for codes, and else the system's own", () => {
  const coded = (code: string) => Object.assign(new Error("m"), { code });
  const rows: Array<[unknown, string]> = [
    [coded("ENOENT"), "there is no such directory"],
    [coded("EADDRNOTAVAIL"), "this machine has no such address"],
    [coded("EODD"), "m"],
    [new Error("m"), "m"],
    [
      new Error("failed to lookup address information: Name or service"),
      "there is no such host",
    ],
    ["text", "text"],
  ];
  for (const [error, reason] of rows) assertEquals(reasonOf(error), reason);
});
