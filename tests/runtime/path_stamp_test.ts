/** Whether names were exchanged, as far as times can tell. */
import { assertEquals } from "@std/assert";
import { segmentsBelow } from "../../lib/ports/files.ts";
import { snapshotNames } from "../../lib/runtime/find.ts";
import type { PathStamp, Stat } from "../../main.ts";

type Verdict = ReturnType<PathStamp>;

const DIRECTORY = { kind: "directory", size: 0, device: 1 } as const;

/** A root, a directory and a file, which were last changed so long ago, in milliseconds. */
function looks(
  ages: { root: number; directory: number; changed: number; file: number },
): Map<string, Stat> {
  const now = Date.now();
  // A time in whole seconds is one of a coarse clock.
  const at = (age: number) => {
    const time = now - age;
    return time % 1000 === 0 ? time + 1 : time;
  };
  const { root, directory, changed, file } = ages;
  return new Map<string, Stat>([
    ["/r", { ...DIRECTORY, mtime: at(root), changed: at(root), inode: 1 }],
    ["/r/d", {
      ...DIRECTORY,
      mtime: at(directory),
      changed: at(changed),
      inode: 2,
    }],
    ["/r/d/f", {
      kind: "file",
      size: 1,
      device: 1,
      mtime: at(file),
      changed: at(file),
      inode: 3,
    }],
  ]);
}

const OLD = { root: 5000, directory: 5000, changed: 5000, file: 5000 };

/** What a stamp says after something has happened. */
function verdict(
  stats: Map<string, Stat>,
  happen: (stats: Map<string, Stat>) => void = () => {},
): ReturnType<PathStamp> {
  const lstat = (path: string) => {
    const stat = stats.get(path);
    if (stat === undefined) throw new Error("ENOENT");
    return stat;
  };
  const stamp = snapshotNames("/r", ["d", "f"], lstat);
  happen(stats);
  return stamp();
}

function change(path: string, more: Partial<Stat>) {
  return (stats: Map<string, Stat>) => {
    const stat = stats.get(path);
    if (stat !== undefined) stats.set(path, { ...stat, ...more });
  };
}

const NOW = Date.now() + 0.5;

Deno.test("a stamp tells whether names were exchanged, as far as times can tell", () => {
  const rows: [string, Verdict, Verdict][] = [
    ["nothing has changed for long", verdict(looks(OLD)), "same"],
    [
      "the root changes, the directory does not",
      verdict(looks(OLD), change("/r", { mtime: NOW, changed: NOW })),
      "same",
    ],
    [
      "a file comes beside one that has settled",
      verdict(looks(OLD), change("/r/d", { mtime: NOW, changed: NOW })),
      "same",
    ],
    [
      "the directory was changed a moment ago, the root was not",
      verdict(looks({ ...OLD, directory: 1, changed: 1 })),
      "same",
    ],
    [
      "a tick is over",
      verdict(looks({ root: 30, directory: 30, changed: 30, file: 30 })),
      "same",
    ],
    [
      "another change in the same tick would not show",
      verdict(looks({ root: 5, directory: 5, changed: 5, file: 5 })),
      "uncertain",
    ],
    [
      "a script that was made executable a moment ago",
      verdict(
        looks({ root: 5, directory: 5, changed: 5, file: 5 }).set(
          "/r/d/f",
          {
            kind: "file",
            size: 1,
            device: 1,
            inode: 3,
            mtime: Math.floor(NOW) - 50,
            changed: NOW - 3,
          },
        ),
      ),
      "uncertain",
    ],
    [
      "root and directory change together",
      verdict(looks(OLD), (stats) => {
        change("/r", { mtime: NOW })(stats);
        change("/r/d", { changed: NOW })(stats);
      }),
      "exchanged",
    ],
    [
      "a script writes beside itself while the root changes",
      verdict(looks(OLD), (stats) => {
        change("/r", { mtime: NOW })(stats);
        change("/r/d", { mtime: Math.floor(NOW), changed: NOW })(stats);
      }),
      "uncertain",
    ],
    [
      "another directory lies there",
      verdict(looks(OLD), change("/r/d", { inode: 9 })),
      "exchanged",
    ],
    [
      "a link lies there",
      verdict(looks(OLD), change("/r/d", { kind: "other" })),
      "exchanged",
    ],
    [
      "a link has lain there all the time",
      verdict(
        new Map([
          ...looks(OLD),
          ["/r/d", { ...DIRECTORY, kind: "other", mtime: 1, inode: 2 }],
        ]),
      ),
      "exchanged",
    ],
    [
      "another file lies there",
      verdict(looks(OLD), change("/r/d/f", { inode: 9 })),
      "exchanged",
    ],
    [
      "nothing lies there",
      verdict(looks(OLD), (stats) => stats.delete("/r/d/f")),
      "exchanged",
    ],
  ];
  for (const [name, actual, expected] of rows) {
    assertEquals(actual, expected, name);
  }
});

Deno.test("times in whole seconds prove nothing for two seconds", () => {
  const second = 1000 * Math.floor(Date.now() / 1000);
  const coarse = (age: number) => {
    const stats = looks(OLD);
    for (const path of stats.keys()) {
      change(path, { mtime: second - age, changed: second - age })(stats);
    }
    return stats;
  };
  assertEquals(verdict(coarse(0)), "uncertain");
  assertEquals(verdict(coarse(3000)), "same");
});

Deno.test("segmentsBelow() ends at a name, not in the middle of one", () => {
  assertEquals(segmentsBelow("/r", "/r/d/f", "posix"), ["d", "f"]);
  assertEquals(segmentsBelow("/", "/d/f", "posix"), ["d", "f"]);
  assertEquals(segmentsBelow("/r", "/r", "posix"), []);
  assertEquals(segmentsBelow("/r", "/root/f", "posix"), undefined);
  assertEquals(segmentsBelow("/r", "/", "posix"), undefined);
});
