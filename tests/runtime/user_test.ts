import { assertEquals } from "@std/assert";
import { chooseUser } from "../../lib/runtime/spawn.ts";
import type { UserChoice } from "../../main.ts";

Deno.test("chooseUser(): nobody for root, ourselves else; another only for root", () => {
  const nobody = { name: "nobody", uid: 65534, gid: 65534 };
  const daemon = { name: "daemon", uid: 1, gid: 1 };
  const own: UserChoice = { kind: "own" };
  const refused = (message: string): UserChoice => ({
    kind: "refused",
    message,
  });
  const rows: ReadonlyArray<
    readonly [string | undefined, number | undefined, UserChoice]
  > = [
    [undefined, 0, { kind: "other", user: nobody }],
    [undefined, 1000, own],
    ["daemon", 0, { kind: "other", user: daemon }],
    ["root", 0, { kind: "other", user: { name: "root", uid: 0, gid: 0 } }],
    ["0:100", 0, { kind: "other", user: { name: "0:100", uid: 0, gid: 100 } }],
    ["1000:1000", 1000, own],
    ["daemon", 1, own],
    ["daemon", 1000, refused('only root can give them the rights of "daemon"')],
    ["root", 1000, refused('only root can give them the rights of "root"')],
    [
      "no such user",
      0,
      refused(
        'there is no user "no such user"; numbers are a user, too, as in 65534:65534',
      ),
    ],
    [
      "",
      0,
      refused(
        'there is no user ""; numbers are a user, too, as in 65534:65534',
      ),
    ],
    ["12:34", 0, { kind: "other", user: { name: "12:34", uid: 12, gid: 34 } }],
    [
      "12",
      0,
      refused(
        'there is no user "12"; numbers are a user, too, as in 65534:65534',
      ),
    ],
    [
      undefined,
      undefined,
      refused("cannot tell whether this is root; start with --flag"),
    ],
  ];
  for (const [name, uid, choice] of rows) {
    const ourselves = {
      uid: () => uid,
      os: "posix",
      permission: "--flag",
    } as const;
    assertEquals(chooseUser(name, ourselves), choice, `${name} ${uid}`);
  }
});

Deno.test("chooseUser() on Windows: ourselves, or nobody at all", () => {
  const ourselves = {
    uid: () => undefined,
    os: "windows",
    permission: "",
  } as const;
  assertEquals(chooseUser(undefined, ourselves), { kind: "own" });
  assertEquals(chooseUser("me", ourselves).kind, "refused");
});
