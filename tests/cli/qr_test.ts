import { assert, assertEquals } from "@std/assert";
import { drawModules, qrText } from "../../lib/program/greeting.ts";
import { decodeText } from "../support/qr.ts";

Deno.test("qrText() can be read by a camera, with colours and without", async () => {
  const urls = [
    "http://192.0.2.7:8000/",
    "https://[2001:db8:85a3:8d3:1319:8a2e:370:7348]:65535/",
    "http://10.0.0.1:80/",
  ];
  for (const url of urls) {
    for (const hasColors of [true, false]) {
      const text = await qrText(url, hasColors);
      assertEquals(decodeText(text), url);
      assertEquals(text.includes("\x1b"), hasColors);
      assert(text.split("\n").every((line) => line.length < 80));
    }
  }
});

Deno.test("drawModules() draws two rows in a line, an odd one over light", () => {
  const modules = [[true, true, false, false], [true, false, true, false]];
  assertEquals(
    drawModules(modules, true),
    "  \x1b[38;5;16;48;5;231m█▀▄ \x1b[0m\n",
  );
  assertEquals(drawModules(modules, false), "   ▄▀█\n");
  assertEquals(drawModules([[true, false]], false), "  ▄█\n");
  assertEquals(
    drawModules([[true, false]], true),
    "  \x1b[38;5;16;48;5;231m▀ \x1b[0m\n",
  );
});
