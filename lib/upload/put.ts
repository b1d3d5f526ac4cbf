/**
 * PUT (RFC 9110 §9.3.4): a file, or with Content-Range a part of one (§14.5).
 *
 * @module
 */

import { parseContentRange } from "../http/content_range.ts";
import { formatDigest, readDigest } from "../http/digest.ts";
import type { Reply } from "../http/reply.ts";
import { errorReply } from "../pages/error_page.ts";
import { unavailableReply } from "../pages/failure.ts";
import type { FoundBelow, IncomingFile } from "../ports/files.ts";
import type { HttpRequest } from "../ports/message.ts";
import { createdReply, partReply, pathOf, replacedReply } from "./answers.ts";
import { costOf, createMeter, diskFullReply, type Meter } from "./budget.ts";
import {
  cutReply,
  fill,
  type Filled,
  isNoSpace,
  openContent,
} from "./sent_content.ts";
import {
  deniedReply,
  type Destination,
  findDestination,
  makeMissing,
  type Refused,
  refused,
} from "./destination.ts";
import {
  type Claim,
  claim,
  incomingName,
  isRemembered,
  offsetField,
  remember,
} from "./incoming.ts";
import { publish } from "./publish.ts";
import type { Upload } from "./state.ts";
import { judgeTarget, tagField } from "./target_state.ts";

/** What a request sends of a file. */
interface Part {
  readonly kind: "part";
  /** Its first byte, counted from 0. */
  readonly first: number;
  /** How many bytes it has, where that is known. */
  readonly length: number | undefined;
  /** How many bytes the file has, where that is known. */
  readonly total: number | undefined;
}

/** Receives a file by the last of some names that lead from the root. */
export async function put(
  names: readonly string[],
  upload: Upload,
): Promise<Reply> {
  const part = readPart(upload.request);
  if (part.kind === "refused") return part.reply;
  const destination = await findDestination(names, upload);
  if (destination.kind === "refused") return destination.reply;
  const refusal = await judgeTarget(names, upload);
  if (refusal !== undefined) return refusal;
  const leave = upload.state.enter();
  if (leave === undefined) return busyReply();
  try {
    return await putPart(part, destination, names, upload);
  } finally {
    leave();
  }
}

/** The reply where too many files are received at the moment. */
export function busyReply(): Reply {
  return unavailableReply("Too many files are received at the moment");
}

/** Reads what is sent; what is not understood could replace a file by a part of it. */
function readPart({ headers, body }: HttpRequest): Part | Refused {
  // `put -c` of lftp 4.9 sends the rest of a file so.
  if (headers.has("range")) {
    return refused(400, "PUT has no Range: a part is told by Content-Range");
  }
  // Deno undoes the last one alone (2.9.6): the file would be coded (RFC 9112 §6.1).
  const transfer = headers.get("transfer-encoding") ?? "chunked";
  if (transfer.toLowerCase() !== "chunked") {
    return refused(501, "Unsupported transfer coding");
  }
  const coding = headers.get("content-encoding") ?? "identity";
  if (coding.toLowerCase() !== "identity") {
    return refused(415, "Files are received without Content-Encoding");
  }
  const digests = ["repr-digest", "content-digest"].map((name) =>
    readDigest(headers.get(name))
  );
  if (digests.includes("malformed")) return refused(400, "Bad digest");
  const length = lengthOf(headers.get("content-length"), body !== null);
  const field = headers.get("content-range");
  if (field === null) return { kind: "part", first: 0, length, total: length };
  const range = parseContentRange(field);
  if (range === undefined) {
    return refused(400, 'Bad Content-Range: expected "bytes 0-499/1234"');
  }
  const { first, last, total } = range;
  const told = last - first + 1;
  if (length !== undefined && length !== told) {
    return refused(400, "Content-Range and Content-Length disagree");
  }
  if (first > 0 && headers.has("content-digest")) {
    return refused(400, "Content-Digest of a later part: send Repr-Digest");
  }
  return { kind: "part", first, length: told, total };
}

function lengthOf(field: string | null, hasBody: boolean): number | undefined {
  if (field !== null) return Number(field);
  return hasBody ? undefined : 0;
}

async function putPart(
  part: Part,
  destination: Destination,
  names: readonly string[],
  upload: Upload,
): Promise<Reply> {
  const { policy, state } = upload;
  const { first, length, total } = part;
  if (first > 0 && destination.missing.length > 0) return conflictReply(0);
  const { path } = destination.directory;
  const expected = { first, length, total, path };
  const meter = await createMeter(expected, policy, state.budget);
  if ("status" in meter) return meter;
  try {
    const directory = await makeMissing(destination, upload);
    if ("kind" in directory) return directory.reply;
    const name = total === undefined
      ? undefined
      : await incomingName(names, total, upload);
    const takesOver = continues(part, upload.request);
    const claimed = await claim(directory, name, takesOver, upload);
    try {
      const place = { directory, names, claimed, meter };
      return await receivePart(part, place, upload);
    } finally {
      claimed.release();
    }
  } catch (error) {
    if (isNoSpace(error)) return diskFullReply();
    throw error;
  } finally {
    meter.end(0);
  }
}

/** Whether it is one of several requests for a file: of those the last one counts. Chromium repeats a PUT whose connection was cut. */
function continues(
  { first, length, total }: Part,
  { headers }: HttpRequest,
): boolean {
  return first > 0 || length !== total || headers.has("upload-id");
}

/** Where a part goes. */
interface Place {
  readonly directory: FoundBelow;
  readonly names: readonly string[];
  readonly claimed: Claim;
  readonly meter: Meter;
}

async function receivePart(
  part: Part,
  place: Place,
  upload: Upload,
): Promise<Reply> {
  const { directory, claimed } = place;
  const { policy: { receiving } } = upload;
  const isContinued = part.first > 0;
  if (!isContinued && claimed.isResumable) await giveBackOld(place, upload);
  const incoming = await receiving.open(
    directory,
    claimed.name,
    isContinued ? "resume" : "create",
  );
  if (incoming === undefined) {
    return isContinued ? conflictReply(0) : deniedReply();
  }
  const size = incoming.size();
  if (size !== part.first) {
    await incoming.close();
    return conflictReply(size);
  }
  try {
    return await receiveInto(incoming, part, place, upload);
  } catch (error) {
    await discard(incoming, part, place, upload);
    throw error;
  }
}

/** What is begun anew does not count twice. */
async function giveBackOld(
  { directory, names, claimed }: Place,
  upload: Upload,
): Promise<void> {
  const { policy: { receiving }, state } = upload;
  if (!await isRemembered(names, upload)) return;
  const old = await receiving.state(directory, claimed.name);
  if (old !== undefined) state.budget.giveBack(costOf(old.size));
}

async function receiveInto(
  incoming: IncomingFile,
  part: Part,
  place: Place,
  upload: Upload,
): Promise<Reply> {
  const sent = openContent(upload.request.body);
  place.claimed.onInterrupt = sent.interrupt;
  const filled = await fill(incoming, sent.read, place.meter, part.length);
  if (filled.kind !== "all") sent.close();
  const outcome = judgeLength(filled, part);
  switch (outcome.kind) {
    case "refused":
      await discard(incoming, part, place, upload);
      return outcome.reply;
    case "cut":
      if (place.claimed.isResumable && incoming.size() > 0) {
        await keep(incoming, part, place, outcome.count, upload);
      } else {
        await discard(incoming, part, place, upload);
      }
      return cutReply(sent.cut());
    case "all":
      return await complete(incoming, part, place, outcome.count, upload);
  }
}

/** Nothing of it stays, nor do its earlier parts count. */
async function discard(
  incoming: IncomingFile,
  { first }: Part,
  { names, claimed }: Place,
  upload: Upload,
): Promise<void> {
  await incoming.discard();
  if (!claimed.isResumable) return;
  if (first > 0 && await isRemembered(names, upload)) {
    upload.state.budget.giveBack(costOf(first));
  }
  await remember(names, undefined, upload);
}

/** What has ended too early by itself is cut off. */
function judgeLength(filled: Filled, { length }: Part): Filled {
  const isShort = filled.kind === "all" && length !== undefined &&
    filled.count < length;
  return isShort ? { kind: "cut", count: filled.count } : filled;
}

/** Closes what can be received further. */
async function keep(
  incoming: IncomingFile,
  { total }: Part,
  { names, meter }: Place,
  count: number,
  upload: Upload,
): Promise<void> {
  await incoming.close();
  meter.end(count);
  await remember(names, total, upload);
}

/** All of a part is there: the rest is to come, or the file is complete. */
async function complete(
  incoming: IncomingFile,
  part: Part,
  place: Place,
  count: number,
  upload: Upload,
): Promise<Reply> {
  const { first, total = count } = part;
  const { headers } = upload.request;
  const size = first + count;
  const fields = size < total ? PART_DIGESTS : DIGESTS;
  for (const name of fields) {
    if (await isDigest(headers.get(name), incoming)) continue;
    await discard(incoming, part, place, upload);
    return errorReply(400, {
      message: "The digest is another one",
      explain: "What arrived is not what was meant. Send it again",
    });
  }
  if (size === total) return await finish(incoming, part, place, upload);
  await keep(incoming, part, place, count, upload);
  return partReply(size);
}

/** The content is all that is there: a later part has no such field. */
const PART_DIGESTS = ["content-digest"];
const DIGESTS = ["repr-digest", ...PART_DIGESTS];

async function isDigest(
  field: string | null,
  incoming: IncomingFile,
): Promise<boolean> {
  const wanted = readDigest(field);
  if (wanted === undefined || wanted === "malformed") return true;
  const { algorithm, text } = wanted;
  return formatDigest(algorithm, await incoming.digest(algorithm)) === text;
}

async function finish(
  incoming: IncomingFile,
  part: Part,
  place: Place,
  upload: Upload,
): Promise<Reply> {
  const { directory, names, claimed, meter } = place;
  const published = await publish(incoming, directory, names, upload);
  if (published.kind === "refused") {
    await discard(incoming, part, place, upload);
    return published.reply;
  }
  if (claimed.isResumable) await remember(names, undefined, upload);
  meter.end(Infinity);
  const { context: { site }, request } = upload;
  const path = pathOf(published.names, site);
  const tag = upload.policy.only
    ? []
    : await tagField(directory, published.names, upload);
  return published.isReplaced
    ? replacedReply(path, tag)
    : createdReply([path], request, tag);
}

/** The reply to a part that does not begin where the last one ended. */
function conflictReply(bytes: number): Reply {
  return errorReply(409, {
    message: `So far ${bytes} bytes are there`,
    explain: "Send those behind them",
    fields: [offsetField(bytes)],
  });
}
