/** Answers that Deno keeps: each is sent as if it had been made anew. */

import { assert, assertEquals } from "@std/assert";
import { bytesContent, type Content } from "../../lib/ports/content.ts";
import { type Answer, headerSection } from "../../lib/ports/message.ts";
import { createToResponse } from "../../lib/runtime/deno_response.ts";

const FIELDS = [["Date", "old"], ["ETag", '"1"'], ["X-A", "a"]] as const;

function contentOf(text: string): Content {
  return bytesContent(new TextEncoder().encode(text));
}

function answerOf(
  headers: Answer["headers"],
  content: Content | undefined,
  status = 200,
): Answer {
  return { status, phrase: "OK", headers, content };
}

Deno.test("a kept answer is sent whole each time, by itself, and with the Date of the moment", async () => {
  const toResponse = createToResponse();
  const headers = headerSection(FIELDS);
  const answer = answerOf(headers, contentOf("hi"));
  // It is kept as soon as it was sent a few times.
  for (let times = 0; times < 5; times++) await toResponse(answer).text();
  const first = toResponse(answer);
  const second = toResponse(answer);
  headers.setDate("new");
  const third = toResponse(answer);
  second.headers.set("X-A", "changed");
  for (
    const [response, date, value] of [
      [third, "new", "a"],
      [second, "old", "changed"],
      [first, "old", "a"],
    ] as const
  ) {
    assertEquals(Object.fromEntries(response.headers), {
      date,
      etag: '"1"',
      "x-a": value,
    });
    assertEquals(await response.text(), "hi");
  }
  const last = toResponse(answer);
  assertEquals(last.headers.get("x-a"), "a");
  assertEquals(await last.text(), "hi");
});

Deno.test("HEAD and GET by turns, and content that has changed: each has its own", async () => {
  const toResponse = createToResponse();
  const headers = headerSection(FIELDS);
  const [one, two] = [contentOf("one"), contentOf("two")];
  const turns = [undefined, one, undefined, two, one, two];
  for (const content of [...turns, ...turns]) {
    const response = toResponse(answerOf(headers, content));
    assertEquals(response.body === null, content === undefined);
    const expected = content?.body ?? new Uint8Array();
    assertEquals(await response.bytes(), expected);
  }
  const notModified = toResponse(
    answerOf(headerSection(FIELDS), undefined, 304),
  );
  assertEquals([notModified.status, notModified.body], [304, null]);
});

Deno.test("HEAD and GET by turns: both answers are kept", async () => {
  const toResponse = createToResponse();
  let made = 0;
  const section = headerSection(FIELDS);
  const headers = {
    get: (name: string) => section.get(name),
    toPairs: () => {
      made++;
      return section.toPairs();
    },
  } as Answer["headers"];
  const answers = [undefined, contentOf("hi")].map((content) =>
    answerOf(headers, content)
  );
  for (let turn = 0; turn < 20; turn++) {
    if (turn === 10) made = 0;
    for (const answer of answers) await toResponse(answer).text();
  }
  assertEquals(made, 0);
});

Deno.test("what is sent once, or is a stream, is not kept; what is kept has a limit", async () => {
  const toResponse = createToResponse(10_000);
  const stream = { ...contentOf(""), body: new Blob(["x"]).stream() };
  const streamed = toResponse(answerOf(headerSection(FIELDS), stream));
  assertEquals(await streamed.text(), "x");
  const headers = headerSection(FIELDS);
  const content = contentOf("once");
  for (let times = 0; times < 2; times++) {
    const response = toResponse(answerOf(headers, content));
    assertEquals(await response.text(), "once");
  }
  const answers = Array.from(
    { length: 20 },
    (_, index) => answerOf(headerSection(FIELDS), contentOf(`${index}`)),
  );
  for (const turn of [1, 2, 3, 4, 5, 6]) {
    for (const [index, answer] of answers.entries()) {
      const response = toResponse(answer);
      assertEquals(await response.text(), `${index}`, `turn ${turn}`);
    }
  }
  const large = answerOf(
    headerSection(FIELDS),
    contentOf("a".repeat(20_000)),
  );
  for (let times = 0; times < 5; times++) {
    assert((await toResponse(large).text()).length === 20_000);
  }
});

Deno.test("only what is sent often is kept: of many by turns none is", () => {
  const toResponse = createToResponse();
  let made = 0;
  const counted = (): Answer =>
    answerOf(headerSection(FIELDS), {
      ...contentOf(""),
      get fields() {
        made++;
        return [];
      },
    });
  const often = counted();
  for (let times = 0; times < 10; times++) toResponse(often);
  assertEquals(made, 4, "three, and the one that is kept");
  made = 0;
  const many = Array.from({ length: 300 }, counted);
  for (let turn = 0; turn < 6; turn++) many.forEach((one) => toResponse(one));
  assertEquals(made, 1800);
});
