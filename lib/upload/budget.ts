/**
 * How much may be received: of one file, of all together, and as far as the disk has space.
 *
 * @module
 */

import type { Reply } from "../http/reply.ts";
import { errorReply } from "../pages/error_page.ts";
import type { UploadPolicy } from "../site/upload_policy.ts";

/** How much was received in all. */
export interface Budget {
  /** Takes bytes, all or none; tells whether there were so many left. */
  readonly take: (bytes: number) => boolean;
  /** Gives back what was not received, or does not stay. */
  readonly giveBack: (bytes: number) => void;
}

/** Makes a budget of so many bytes. */
export function createBudget(most: number): Budget {
  let taken = 0;
  return {
    take: (bytes) => {
      if (taken + bytes > most) return false;
      taken += bytes;
      return true;
    },
    giveBack: (bytes) => void (taken = Math.max(0, taken - bytes)),
  };
}

/** What a file or a folder counts at least: many small ones take a disk, too. */
export const LEAST_BYTES = 4096;

/** What a file of so many bytes counts. */
export function costOf(bytes: number): number {
  return Math.max(bytes, LEAST_BYTES);
}

/** How many bytes may come before the space on the disk is looked at again. */
const CHECKED_BYTES = 67_108_864;

/** Counts one file. What was taken is given back at the end, but for what stays. */
export interface Meter {
  /** Counts bytes that have come; why there is no room for them. */
  readonly add: (bytes: number) => Promise<Reply | undefined>;
  /** Ends: so many of the bytes that have come stay on the disk. */
  readonly end: (kept: number) => void;
}

/** What is known of a file that is to come. */
export interface Expected {
  /** How many bytes are there already. */
  readonly first: number;
  /** How many are to come, where that is known. */
  readonly length: number | undefined;
  /** How many the file has, where that is known. */
  readonly total: number | undefined;
  /** The real path of its directory. */
  readonly path: string;
}

/** Begins to count a file; or why there is no room for it. */
export async function createMeter(
  { first, length, total = length, path }: Expected,
  policy: UploadPolicy,
  budget: Budget,
): Promise<Meter | Reply> {
  const refusal = tooLarge(total ?? 0, policy) ??
    await noSpace(path, length ?? 0, policy);
  if (refusal !== undefined) return refusal;
  // What is there already was counted when it came.
  const counted = first > 0 ? costOf(first) : 0;
  const cost = (bytes: number) => costOf(first + bytes) - counted;
  let taken = cost(length ?? 0);
  if (!budget.take(taken)) return overBudget();
  let [count, checked] = [0, 0];
  return {
    add: async (bytes) => {
      count += bytes;
      const large = tooLarge(first + count, policy);
      if (large !== undefined) return large;
      const more = Math.max(0, cost(count) - taken);
      if (more > 0 && !budget.take(more)) return overBudget();
      taken += more;
      if (count - checked < CHECKED_BYTES) return undefined;
      checked = count;
      return await noSpace(path, 0, policy);
    },
    end: (kept) => {
      budget.giveBack(kept > 0 ? taken - Math.min(taken, cost(kept)) : taken);
      taken = 0;
    },
  };
}

function tooLarge(
  bytes: number,
  { maxFile }: UploadPolicy,
): Reply | undefined {
  if (bytes <= maxFile) return undefined;
  const message =
    `The file is too large: at most ${maxFile} bytes are received`;
  return errorReply(413, { message });
}

/** The reply where no more may be received in all. */
export function overBudget(): Reply {
  return errorReply(507, {
    message: "No more is received: the limit for all files together is reached",
  });
}

/** Where the system does not tell how much space there is, the disk itself says when there is none. */
async function noSpace(
  path: string,
  bytes: number,
  { receiving, keepFree }: UploadPolicy,
): Promise<Reply | undefined> {
  const free = await receiving.space(path);
  return free === undefined || free - bytes >= keepFree
    ? undefined
    : diskFullReply();
}

/** The reply where the disk is full, or as full as it may be. */
export function diskFullReply(): Reply {
  return errorReply(507, { message: "There is no space left on the disk" });
}
