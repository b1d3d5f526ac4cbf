/** A program that watches a site on a runtime, and prints what it is told. */

import { assertEquals } from "@std/assert";
import type { SiteChanges } from "../../lib/reload/watch_site.ts";
import type { SiteOptions } from "../../lib/site/options.ts";
import {
  moduleCommand,
  type Program,
  PROJECT,
  type RuntimeName,
  startCommand,
  temporaryDirectory,
} from "./program.ts";
import { until } from "./wait.ts";

/** ` port 0 ` is what `startCommand` waits for. It ends when its input does: a killed test leaves none. */
const WATCHING =
  `import { siteDefaults } from "${PROJECT}lib/handler/defaults.ts";
import { watchSite } from "${PROJECT}lib/reload/watch_site.ts";
import { currentRuntime } from "${PROJECT}lib/runtime/mod.ts";
import { createSite } from "${PROJECT}lib/site/site.ts";
const runtime = currentRuntime();
const print = (value) => runtime.print(JSON.stringify(value) + "\\n");
const site = createSite(OPTIONS, siteDefaults(runtime));
const { ready } = watchSite(site, runtime.watch, { changed: print, notice: print });
await ready;
runtime.print("ready port 0 \\n");
runtime.onStop(() => runtime.exit(0));
setInterval(() => {}, 1000);
`;

/** Longer than a burst of changes is gathered. */
const QUIET_MS = 120;

/** A site that is watched by a program. */
export interface WatchedSite extends AsyncDisposable {
  readonly program: Program;
  /** What was printed since the last call of `forget`: lines for people are texts. */
  readonly told: () => readonly (SiteChanges | string)[];
  readonly forget: () => void;
  /** Waits until nothing more is told. */
  readonly quiet: () => Promise<void>;
  /** Waits until names were told, each with its kind: `there a/b`, `gone a`, or `any`. */
  readonly tells: (...expected: string[]) => Promise<void>;
}

/** Starts a program that watches a site; words in front of it may change its surroundings. */
export async function watchedSite(
  runtime: RuntimeName,
  options: SiteOptions,
  front: readonly string[] = [],
): Promise<WatchedSite> {
  const directory = temporaryDirectory();
  const path = `${directory.path}/watching.ts`;
  Deno.writeTextFileSync(
    path,
    WATCHING.replace("OPTIONS", JSON.stringify({ log: false, ...options })),
  );
  const words = await moduleCommand(runtime, path, ["--allow-read"]);
  const [first = "", ...rest] = [...front, ...words];
  const program = await startCommand(runtime, [first, ...rest]);
  let from = program.output().length;
  const told = () =>
    program.output().slice(from).split("\n").filter((line) => line !== "")
      .map((line) => JSON.parse(line) as SiteChanges | string);
  return {
    program,
    told,
    forget: () => {
      from = program.output().length;
    },
    quiet: async () => {
      for (let length = -1; length !== told().length;) {
        length = told().length;
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      }
    },
    tells: async (...expected) => {
      await until(
        () => expected.every((name) => namesIn(told()).includes(name)),
        `${expected.join(", ")}: ${namesIn(told()).join(", ")}`,
      ).catch((error) => {
        assertEquals(namesIn(told()), expected);
        throw error;
      });
    },
    [Symbol.asyncDispose]: async () => {
      await program.stop();
      directory[Symbol.dispose]();
    },
  };
}

/** All that was told, as `there a/b`, `gone a`, `any`, or a line for people. */
export function namesIn(told: readonly (SiteChanges | string)[]): string[] {
  return told.flatMap((line) => {
    if (typeof line === "string") return [line];
    return line.kind === "any"
      ? ["any"]
      : line.changes.map(({ kind, segments }) =>
        `${kind} ${segments.join("/")}`
      );
  });
}
