/** RFC 9112 and its kin on the wire, on every runtime and as an executable. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type Program,
  type RuntimeName,
  runtimeOf,
  start,
  SUBJECTS,
} from "../support/program.ts";
import { type Received, responses, writeAll } from "../support/raw.ts";
import { PERMISSIONS, scriptDirectory } from "../support/scripts.ts";
import { close } from "../support/slow.ts";
import { PATIENCE_MS, until } from "../support/wait.ts";
import {
  type Announcement,
  ANNOUNCEMENTS,
  type Answer,
  type Exceptions,
  FLAGS,
  furnish,
  NEXT,
  type Row,
  ROWS,
  toBytes,
  toText,
} from "./protocol.ts";

/** How long a 100 is waited for that must not come, in milliseconds. */
const SILENCE_MS = 150;

/** A connection that is given up after a while; that is no end. */
async function connect(port: number) {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  let isGivenUp = false;
  const timer = setTimeout(() => {
    isGivenUp = true;
    close(connection);
  }, PATIENCE_MS);
  const { next, isEnd } = responses(connection);
  return {
    connection,
    next: async (method?: string) => {
      const response = await next(method);
      assert(
        response !== undefined || !isGivenUp,
        "it neither answers nor ends",
      );
      return response;
    },
    isEnd: async () => await isEnd() && !isGivenUp,
    // What is refused early may be cut while it is sent.
    send: (text: string) => writeAll(connection, toBytes(text)).catch(() => {}),
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      close(connection);
    },
  };
}

function checkAnswer(
  { status, phrase, fields, content, head, cut = false, page }: Answer,
  received: Received,
): void {
  const { line } = received;
  assertMatch(line, /^HTTP\/1\.[01] \d{3} [^\r\n]*$/);
  assert([status].flat().includes(received.status), `${line}, not ${status}`);
  if (phrase !== undefined) assertEquals(received.phrase, phrase);
  for (const [name, value] of Object.entries(fields ?? {})) {
    assertEquals(received.fields.get(name), value, name);
  }
  assertEquals(received.cut, cut, `${line}: cut`);
  const text = toText(received.content);
  if (head) assertEquals(text, "");
  if (page) assertMatch(text, new RegExp(`<p>Error code: ${received.status}<`));
  if (content instanceof RegExp) assertMatch(text, content);
  if (typeof content === "string") assert(text === content, summary(text));
  const names = received.lines.map(([name]) => name.toLowerCase());
  assertEquals(names.filter((name) => name === "date").length, 1, line);
}

function summary(text: string): string {
  return `${text.length} bytes: ${JSON.stringify(text.slice(0, 200))}`;
}

/** Whether the connection goes on, as the answer has said. */
async function checkEnd(
  end: Row["end"],
  last: Received | undefined,
  { next, isEnd, send }: Awaited<ReturnType<typeof connect>>,
): Promise<void> {
  const says = last?.fields.get("connection")?.toLowerCase();
  const ends = end === "closed" || says === "close";
  if (ends && end !== "kept") return assert(await isEnd(), "it ends");
  if (end === undefined && says !== "keep-alive") return;
  assert(!ends, "it does not say close");
  await send(NEXT);
  const after = await next();
  assertEquals([after?.status, after?.content.length], [200, 6], "it goes on");
  assert(await isEnd());
}

async function checkRow(
  { sent, answers, end, halfClosed, logged }: Row,
  program: Program,
): Promise<void> {
  const from = program.errors().length;
  using client = await connect(program.port);
  await client.send(sent);
  if (halfClosed) await client.connection.closeWrite();
  let last: Received | undefined;
  for (const [index, answer] of answers.entries()) {
    last = await client.next(answer.head && "HEAD");
    assert(last !== undefined, `answer ${index + 1} never came`);
    checkAnswer(answer, last);
  }
  await checkEnd(end, last, client);
  const lines = answers.filter(({ page }) => page).map(() =>
    new RegExp(`^127\\.0\\.0\\.1 - - \\[.*\\] ".*" ${last?.status} `, "m")
  );
  if (logged !== undefined) lines.push(new RegExp(RegExp.escape(logged)));
  const log = () => program.errors().slice(from);
  for (const line of lines) await until(() => line.test(log()), `${line}`);
}

/** What a runtime does by itself: so that a change is noticed. */
async function checkStatuses(
  { sent, halfClosed }: Pick<Row, "sent" | "halfClosed">,
  statuses: readonly number[],
  { port }: Program,
): Promise<void> {
  using client = await connect(port);
  await client.send(sent);
  if (halfClosed) await client.connection.closeWrite();
  for (const status of statuses) {
    assertEquals((await client.next())?.status, status);
  }
  if (statuses.length === 0) assertEquals(await client.next(), undefined);
}

async function checkAnnouncement(
  { head, content, wanted, answer }: Announcement,
  program: Program,
): Promise<void> {
  using client = await connect(program.port);
  await client.send(head);
  if (wanted) {
    assertEquals((await client.next())?.line, "HTTP/1.1 100 Continue");
    await client.send(content);
  }
  const final = await client.next();
  assert(final !== undefined, "it is answered");
  checkAnswer(answer, final);
  if (final.fields.get("connection") === "close") {
    return assert(await client.isEnd(), "it ends");
  }
  if (!wanted) {
    // A 100 must not come late, either; the content that was announced may.
    await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
    await client.send(content);
  }
  await checkEnd("kept", final, client);
}

async function step(
  t: Deno.TestContext,
  { name, except }: { name: string; except?: Exceptions | undefined },
  runtime: RuntimeName,
  check: () => Promise<void>,
  checkException: (statuses: readonly number[]) => Promise<void>,
): Promise<void> {
  const exception = except?.[runtime];
  await (exception === undefined ? t.step(name, check) : t.step(
    `${name} (${runtime} ${exception.reason})`,
    () => checkException(exception.statuses),
  ));
}

for (const subject of SUBJECTS) {
  const runtime = runtimeOf(subject);

  Deno.test(`${subject}: HTTP/1.1 on the wire`, async (t) => {
    using directory = scriptDirectory();
    furnish(directory.path);
    const words = ["0", directory.path, ...FLAGS];
    await using program = await start(subject, words, undefined, PERMISSIONS);
    for (const [section, rows] of Object.entries(ROWS)) {
      await t.step(section, async (t) => {
        for (const row of rows) {
          const check = () => checkRow(row, program);
          const by = (statuses: readonly number[]) =>
            checkStatuses(row, statuses, program);
          await step(t, row, runtime, check, by);
        }
      });
    }
    await t.step("Expect: 100-continue (RFC 9110 §10.1.1)", async (t) => {
      for (const row of ANNOUNCEMENTS) {
        const check = () => checkAnnouncement(row, program);
        const by = (statuses: readonly number[]) =>
          checkStatuses({ sent: row.head + row.content }, statuses, program);
        await step(t, row, runtime, check, by);
      }
    });
    assertEquals(/uncaught| {4}at /i.test(program.errors()), false);
  });
}
