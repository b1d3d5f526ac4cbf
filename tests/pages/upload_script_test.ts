/** What the script that sends files tells of speed and time. */
import { assertEquals } from "@std/assert";
import { createPace, formatDuration } from "../../scripts/page/upload/pace.ts";

Deno.test("upload script: durations as people say them", () => {
  const rows: ReadonlyArray<readonly [seconds: number, text: string]> = [
    [0.2, "1 s"],
    [59, "59 s"],
    [60, "1 min"],
    [89, "1 min"],
    [3580, "1 h"],
    [4800, "1 h 20 min"],
    [7199, "2 h"],
  ];
  for (const [seconds, text] of rows) {
    assertEquals(formatDuration(seconds), text, String(seconds));
  }
});

Deno.test("upload script: the speed is that of the last seconds, and a standstill is one", () => {
  const pace = createPace();
  assertEquals(pace.speed(), undefined);
  pace.note(0, 0);
  pace.note(100, 200);
  assertEquals(pace.speed(), undefined); // too short to tell
  pace.note(1000, 1000);
  assertEquals(pace.speed(), 1000);
  for (let time = 2000; time <= 9000; time += 500) pace.note(1000, time);
  assertEquals(pace.speed(), 0);
});
