/**
 * A subject from its start to its first right answer.
 *
 * @module
 */

import { ask, type Question } from "./probe.ts";
import {
  freePort,
  pause,
  reasonOf,
  type Running,
  startProgram,
} from "./processes.ts";
import { makePlace } from "./site.ts";
import type { Found, Subject } from "./subjects/subject.ts";
import type { Work } from "./works.ts";

/** A server that runs and answers rightly. */
export interface Served extends Running {
  readonly name: string;
  readonly port: number;
  readonly question: Question;
  readonly script: string | undefined;
  /** From the start to the first answer. */
  readonly startMs: number;
}

const START_MS = 60_000;

/**
 * Starts a subject, waits for its first answer, and looks at what it answers.
 *
 * @param work What is done.
 * @param subject Who.
 * @param found How it is started.
 * @param temporary The directory of this run.
 * @returns The server, with what to ask it.
 * @throws {Error} When it does not start or answers wrongly; the message goes on after the
 * subject's name.
 */
export async function serve(
  work: Work,
  subject: Subject,
  found: Found,
  temporary: string,
): Promise<Served> {
  const scratch = await Deno.makeTempDir({ dir: temporary });
  const port = freePort();
  const root = await makePlace(temporary, work.place);
  const { constant } = work;
  const cgi = work.place === "cgi";
  const command = await found.command({ root, port, cgi, constant, scratch });
  const began = performance.now();
  const running = startProgram(command);
  try {
    await firstAnswer(running, port, work.question, began);
    const startMs = performance.now() - began;
    const question = await prepare(work, subject, port);
    const lua = work.script?.(port);
    const script = lua === undefined ? undefined : `${scratch}/wrk.lua`;
    if (script !== undefined) await Deno.writeTextFile(script, lua ?? "");
    return { ...running, name: subject.name, port, question, script, startMs };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function firstAnswer(
  { process, complaint }: Running,
  port: number,
  question: Question,
  began: number,
): Promise<void> {
  let ended = false;
  process.status.then(() => ended = true);
  while (!ended && performance.now() - began < START_MS) {
    const answer = await ask(port, question).catch(() => undefined);
    if (answer !== undefined) return;
    await pause(1);
  }
  if (!ended) throw new Error("does not start");
  const reason = reasonOf(await complaint());
  throw new Error(
    reason === undefined
      ? "ends at its start"
      : `ends at its start (${reason})`,
  );
}

/** Nobody is fast by being wrong: what is answered is looked at before it is counted. */
async function prepare(
  work: Work,
  subject: Subject,
  port: number,
): Promise<Question> {
  const { question } = work;
  const plain = await ask(port, question);
  const tag = plain.fields.get("etag");
  if (work.conditional === true && subject.kind !== "ceiling") {
    if (tag === undefined) throw new Error("sends no ETag");
    const fields = { ...question.fields, "If-None-Match": tag };
    const conditional = { ...question, fields };
    const wrong = work.judge(await ask(port, conditional));
    if (wrong !== undefined) throw new Error(wrong);
    return conditional;
  }
  const wrong = work.judge(plain);
  if (wrong !== undefined) throw new Error(wrong);
  return question;
}
