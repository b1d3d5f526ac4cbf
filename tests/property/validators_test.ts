/**
 * Validators tell the truth (RFC 9110 §8.8, decision P4): histories of a file, of which
 * each state has bytes of its own, as both runtimes see them.
 */
import { assert, assertEquals } from "@std/assert";
import { isBuildTime, judgeTime, toSecond } from "../../lib/http/date.ts";
import { deriveEntityTag } from "../../lib/http/entity_tag.ts";
import { random } from "../support/random.ts";
import { NOW, site } from "../support/site.ts";

/** A state of a file as the system has it; times are exact, and stamped by a late clock. */
interface State {
  readonly bytes: number;
  readonly size: number;
  readonly mtime: number;
  readonly changed: number;
}

/** How the runtimes tell when anything about a file changed: to the second, and exactly. */
const SEEN = [toSecond, (time: number) => time] as const;
const START = Date.parse("2026-01-02T03:04:05Z");
const PINNED = [0, 1000, 499_162_500_000, START - 86_400_000, START - 500];

Deno.test("other bytes never have the same tag of size and time, and both runtimes agree", () => {
  const { below, pick } = random(20_260_102);
  for (let history = 0; history < 2000; history++) {
    const late = below(11);
    let now = START + below(5000);
    let last: State | undefined;
    const tags = new Map<string, number>();
    const dates = new Map<number, number>();
    for (let step = 0; step < 30; step++) {
      if (last === undefined || below(3) > 0) {
        const stamp = now - late;
        const coarse = pick([stamp, stamp, toSecond(stamp)]);
        // Written; or put there by what keeps or sets times.
        const mtime = pick([
          coarse,
          last?.mtime ?? coarse,
          pick(PINNED),
          stamp - below(3000),
          stamp + below(3000),
        ]);
        last = { bytes: step, size: 10, mtime, changed: stamp };
      }
      const found = SEEN.map((see) => {
        const { changed = 0, ...state } = last ?? {};
        const seen = { size: 10, ...state, changed: see(changed) };
        return deriveEntityTag(seen, now)?.opaque;
      });
      const given = found.filter((tag) => tag !== undefined);
      assert(new Set(given).size <= 1, "both say the same");
      for (const tag of given) {
        const known = tags.get(tag) ?? last.bytes;
        assertEquals(known, last.bytes, JSON.stringify([last, now]));
        tags.set(tag, last.bytes);
      }
      // What has a tag has a date that tells, too.
      if (given.length > 0) {
        const date = toSecond(last.mtime);
        assertEquals(dates.get(date) ?? last.bytes, last.bytes);
        dates.set(date, last.bytes);
      }
      now += pick([0, 1, 4, 10, 50, 400, 990, 1000, 1010, 2500]);
    }
  }
});

Deno.test("what is left alone is young for no longer than two seconds, whatever its times", () => {
  const { below, pick } = random(7);
  for (let time = 0; time < 20_000; time++) {
    const changed = START + below(100_000);
    const mtime = pick([
      changed,
      toSecond(changed) + below(1000),
      changed + below(10_000_000),
      changed - below(10_000_000),
      pick(PINNED),
    ]);
    const now = Math.max(changed, toSecond(changed) + 999) + 2000;
    for (const see of SEEN) {
      const worth = judgeTime({ mtime, changed: see(changed) }, now);
      const isTold = toSecond(changed) === toSecond(mtime) &&
        !isBuildTime(mtime);
      assertEquals(worth, isTold ? "telling" : "ambiguous");
    }
  }
});

/** What proxies that code append to a tag of the origin: mod_deflate, mod_brotli, and others. */
const APPENDED = [
  ..."-gzip -br -zstd -deflate --gzip ;gzip ;gz ;br .gz .gzip /gzip".split(" "),
];

Deno.test("one opaque part is of one content: of one state in one coding, weak or strong, ours or a proxy's", async () => {
  const { below, pick } = random(180);
  const letters = (size: number, state: number) =>
    `${state} `.repeat(size).slice(0, size);
  const contents = new Map<string, string>();
  const weakness = new Map<string, boolean>();
  for (let state = 1; state <= 300; state++) {
    const size = pick([1024, 1500, 4000]);
    const content = letters(size, state);
    // No two states have one time, unless something else than the clock has set it.
    const mtime = pick([
      NOW - 1_000_000 * state + below(1000),
      NOW - below(1000),
      ...PINNED.slice(0, 3),
    ]);
    const sidecar = below(3) === 0
      ? { "/a.txt.gz": { content: `coded ${state}`, mtime } }
      : {};
    const fetch = site({ "/a.txt": { content, mtime }, ...sidecar }, {
      compress: true,
    });
    for (const coding of ["identity", "gzip", "br", "zstd"]) {
      const headers = { "accept-encoding": coding };
      const response = await fetch("/a.txt", { headers });
      const bytes = new Uint8Array(await response.arrayBuffer()).toBase64();
      const tag = response.headers.get("etag");
      if (tag === null) continue; // too young
      const isWeak = tag.startsWith("W/");
      const opaque = isWeak ? tag.slice(2) : tag;
      assertEquals(weakness.get(opaque) ?? isWeak, isWeak, opaque);
      weakness.set(opaque, isWeak);
      assertEquals(contents.get(opaque) ?? bytes, bytes, `${opaque} ${state}`);
      contents.set(opaque, bytes);
    }
  }
  const kinds = [...weakness.values()];
  assert(kinds.includes(true) && kinds.includes(false));
  assert(contents.size > 500, `${contents.size} tags`);
  for (const opaque of contents.keys()) {
    for (const suffix of APPENDED) {
      assert(!contents.has(`${opaque.slice(0, -1)}${suffix}"`), opaque);
    }
  }
});
