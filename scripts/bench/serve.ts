/**
 * A subject from its start to its first right answer.
 *
 * @module
 */

import { makeKeys } from "./keys.ts";
import { ask, type Door, type Question } from "./probe.ts";
import {
  type Command,
  freePort,
  pause,
  reasonOf,
  type Running,
  startProgram,
} from "./processes.ts";
import { makePlace } from "./site.ts";
import type { Feature, Found, Subject } from "./subjects/subject.ts";
import type { Work } from "./works.ts";

/** A server that runs and answers rightly. */
export interface Served extends Running {
  readonly name: string;
  readonly door: Door;
  readonly question: Question;
  readonly script: string | undefined;
  /** A directory of this server alone. */
  readonly scratch: string;
  /** From the start to the first answer. */
  readonly startMs: number;
}

const START_MS = 60_000;
const EVERYBODY = 0o777;
/** Not as root, but what root has installed may be read. */
const AS_NOBODY = [
  "setpriv",
  "--reuid=nobody",
  "--regid=nogroup",
  "--clear-groups",
  "--inh-caps=+dac_read_search",
  "--ambient-caps=+dac_read_search",
] as const;

/**
 * Starts a subject, waits for its first answer, and looks at what it answers.
 *
 * @param work What is done.
 * @param subject Who.
 * @param found How it is started.
 * @param temporary The directory of this run.
 * @param feature What is asked of it besides files.
 * @returns The server, with what to ask it.
 * @throws {Error} When it does not start or answers wrongly; the message goes on after the
 * subject's name.
 */
export async function serve(
  work: Work,
  subject: Subject,
  found: Found,
  temporary: string,
  feature: Feature | undefined,
): Promise<Served> {
  if (work.user === "root" && Deno.uid() !== 0) throw new Error("needs root");
  const scratch = await Deno.makeTempDir({ dir: temporary });
  await Deno.chmod(scratch, EVERYBODY);
  const port = freePort();
  const root = await makePlace(temporary, work.place);
  const { constant } = work;
  const keys = feature === "tls" ? await makeKeys(temporary) : undefined;
  const job = { root, port, feature, keys, constant, scratch };
  const own = await found.command(job);
  const command = work.user === "nobody" && Deno.uid() === 0
    ? await asNobody(own, temporary)
    : own;
  const cert = keys && await Deno.readTextFile(keys.cert);
  const door = { port, cert };
  const began = performance.now();
  const running = startProgram(command);
  try {
    await firstAnswer(running, door, work.question, began);
    const startMs = performance.now() - began;
    const question = await prepare(work, subject, door);
    const lua = work.script?.(port);
    const script = lua === undefined ? undefined : `${scratch}/wrk.lua`;
    if (script !== undefined) await Deno.writeTextFile(script, lua ?? "");
    return {
      ...running,
      name: subject.name,
      door,
      question,
      script,
      scratch,
      startMs,
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** What Deno compiles for nobody must be kept, too. */
async function asNobody(
  { words, env, ...rest }: Command,
  temporary: string,
): Promise<Command> {
  const cache = `${temporary}/nobody`;
  await Deno.mkdir(cache, { recursive: true });
  await Deno.chmod(cache, EVERYBODY);
  return {
    ...rest,
    words: [...AS_NOBODY, ...words],
    env: { ...env, DENO_DIR: cache },
  };
}

async function firstAnswer(
  { process, complaint }: Running,
  door: Door,
  question: Question,
  began: number,
): Promise<void> {
  let ended = false;
  process.status.then(() => ended = true);
  while (!ended && performance.now() - began < START_MS) {
    const answer = await ask(door, question).catch(() => undefined);
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
  door: Door,
): Promise<Question> {
  const { question } = work;
  const plain = await ask(door, question);
  const tag = plain.fields.get("etag");
  if (work.conditional === true && subject.kind !== "ceiling") {
    if (tag === undefined) throw new Error("sends no ETag");
    const fields = { ...question.fields, "If-None-Match": tag };
    const conditional = { ...question, fields };
    const wrong = work.judge(await ask(door, conditional));
    if (wrong !== undefined) throw new Error(wrong);
    return conditional;
  }
  const wrong = work.judge(plain);
  if (wrong !== undefined) throw new Error(wrong);
  return question;
}
