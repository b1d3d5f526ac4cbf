/**
 * SIGHUP: the settings are read again, all or nothing; the log is opened anew, and the users are read
 * again, as daemons do.
 *
 * @module
 */

import type { Runtime } from "../ports/runtime.ts";
import { programLine } from "../server/describe.ts";
import { exposedSettings } from "./checks.ts";
import { settingsOf, withFile } from "./configuration.ts";
import { FLAG_TABLE } from "./flags.ts";
import { type Layer, mergeLayers } from "./flag.ts";
import { type LiveSite, openSite } from "./live_site.ts";
import type { Settings } from "./settings.ts";
import type { Threads } from "./threads.ts";

export interface Running {
  readonly settings: Settings;
  /** What was given for them. */
  readonly given: Layer;
  /** What was given besides the file. */
  readonly above: Layer;
  readonly live: LiveSite;
  /** Gives the threads other settings; the message of one that refuses them. */
  readonly configure: (settings: Settings) => Promise<string | undefined>;
  readonly threads: Pick<Threads, "hangUp"> | undefined;
}

/** Who is told of every SIGHUP that is obeyed: before anything is read, and when all is done. */
export interface HangUpObserver {
  readonly begin: () => void;
  readonly end: () => void;
}

/**
 * Obeys SIGHUP: reads again what was read from files, and tells an observer. What comes before the
 * program runs is obeyed when it does.
 */
export function obeyHangUps(
  running: Promise<Running>,
  observer: HangUpObserver | undefined,
  runtime: Runtime,
): void {
  const tell = (text: string) =>
    runtime.printError(programLine(`SIGHUP: ${text}`));
  const ready = running.then((running) => ({
    ...running,
    reload: createReload(running, runtime),
  }));
  const obey = async () => {
    const { live, threads, reload } = await ready;
    observer?.begin();
    const lines = await reload().catch((error) => [String(error)]);
    lines.forEach(tell);
    live.current().ready.hangUp?.();
    threads?.hangUp();
    observer?.end();
  };
  // One after the other: each begins with what the one before has left.
  let last = Promise.resolve();
  runtime.onHangUp(() => void (last = last.then(obey)));
}

/** Makes the function that reads the settings again, and gives the lines that tell of it. */
function createReload(
  { live, above, configure, ...running }: Running,
  runtime: Runtime,
): () => Promise<readonly string[]> {
  let { given, settings } = running;
  const path = settings.config;
  if (path === undefined) return () => Promise.resolve([]);
  if (settings.share !== undefined) {
    return () => Promise.resolve(["a share keeps its settings"]);
  }
  return async () => {
    const read = await withFile(above, runtime);
    if (read.kind === "invalid") return [oldStay(read.messages)];
    const kept = changedFixed(given, read.given);
    const next = mergeLayers([only(kept, given), without(kept, read.given)]);
    const wanted = settingsOf(next);
    if (wanted.kind === "invalid") return [oldStay(wanted.messages)];
    const opened = await openSite(wanted.settings, live.parts, runtime);
    if (opened.kind === "failed") return [oldStay([opened.message])];
    const directory = { ...opened.ready, ...wanted.settings };
    const exposed = await exposedSettings(
      wanted.settings,
      next,
      directory,
      runtime,
    );
    if (exposed?.kind === "failed") return [oldStay([exposed.message])];
    const refused = await configure(wanted.settings);
    if (refused !== undefined) {
      await configure(settings);
      return [oldStay([refused])];
    }
    live.replace(opened);
    [given, settings] = [next, wanted.settings];
    return [
      ...kept.map((name) => `"${name}" needs a restart; the old value stays`),
      ...exposed === undefined ? [] : [exposed.text],
      `the settings of ${path} hold now`,
    ];
  };
}

function oldStay([first = "", ...more]: readonly string[]): string {
  const rest = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return `the old settings stay: ${first}${rest}`;
}

/** The flags that hold from the start to the end, and now have another value. */
function changedFixed(old: Layer, next: Layer): readonly string[] {
  return FLAG_TABLE.filter(({ fixed, name, read }) => {
    if (fixed !== true) return false;
    const [before, now] = [old, next].map((layer) =>
      JSON.stringify(read(layer.get(name)?.given, name))
    );
    return before !== now;
  }).map(({ name }) => name);
}

function only(names: readonly string[], layer: Layer): Layer {
  return new Map([...layer].filter(([name]) => names.includes(name)));
}

function without(names: readonly string[], layer: Layer): Layer {
  return new Map([...layer].filter(([name]) => !names.includes(name)));
}
