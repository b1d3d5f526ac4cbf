/**
 * How files are received: the options of a user, checked.
 *
 * @module
 */

import { typeError } from "../http/type_error.ts";
import type { Files, Receiving } from "../ports/files.ts";
import { type Auth, toAuth } from "./access.ts";
import { namesBelow } from "./routing.ts";
import type { SiteOptions } from "./options.ts";
import { checkedLimit } from "./scripts.ts";

/** How files are received. */
export interface UploadPolicy {
  /** The names that lead to the directory below which they are received. */
  readonly directory: readonly string[];
  /** Whether nobody sees what is there. */
  readonly only: boolean;
  /** How large one may be, in bytes. */
  readonly maxFile: number;
  /** How much may be received in all, in bytes. */
  readonly maxTotal: number;
  /** How much space stays free, in bytes. */
  readonly keepFree: number;
  /** How many are received at a time. */
  readonly maxAtOnce: number;
  /** What becomes of one whose name is taken. */
  readonly onDuplicate: "rename" | "refuse" | "overwrite";
  /** How those log in who send; `undefined` when they need not. */
  readonly auth: Auth | undefined;
  /** What receives them. */
  readonly receiving: Receiving;
}

const KEEP_FREE_BYTES = 268_435_456;
const MOST_AT_ONCE = 32;

/** Checks and completes the options. */
export function toUploadPolicy(
  { upload = false, singleFile }: SiteOptions,
  { receiving }: Files,
): UploadPolicy | undefined {
  if (upload === false) return undefined;
  if (singleFile === true) {
    throw new TypeError("Cannot receive files: root is a file");
  }
  if (receiving === undefined) {
    throw new TypeError("Cannot receive files: nothing can be written there");
  }
  const { only = false, onDuplicate = "rename", ...rest } = upload === true
    ? {}
    : upload;
  const { directory = "/", auth, maxFile, maxTotal, keepFree } = rest;
  const limit = (name: string, value: number | undefined, otherwise: number) =>
    value === undefined ? otherwise : checkedLimit(`upload.${name}`, value);
  return {
    directory: toNames(directory),
    only,
    maxFile: limit("maxFile", maxFile, Infinity),
    maxTotal: limit("maxTotal", maxTotal, Infinity),
    keepFree: keepFree === 0 ? 0 : limit("keepFree", keepFree, KEEP_FREE_BYTES),
    maxAtOnce: limit("maxAtOnce", rest.maxAtOnce, MOST_AT_ONCE),
    onDuplicate: checkedChoice(onDuplicate),
    auth: auth === undefined ? undefined : toAuth(auth),
    receiving,
  };
}

/** Whether names lead to the directory of uploads, or to something below it. */
export function isBelowUploads(
  names: readonly string[],
  { directory }: Pick<UploadPolicy, "directory">,
): boolean {
  return directory.every((name, index) => name === names[index]);
}

/** Whether names lead to a drop box. */
export function isDropBox(
  names: readonly string[],
  { upload }: { readonly upload: UploadPolicy | undefined },
): boolean {
  return upload?.only === true && isLikeUploads(names, upload);
}

/** Whether names lead to something in a drop box: nobody sees what is there. */
export function isInDropBox(
  names: readonly string[],
  policy: UploadPolicy | undefined,
): boolean {
  return policy?.only === true && names.length > policy.directory.length &&
    isLikeUploads(names, policy);
}

/** The same in any form of Unicode: macOS and ext4 with casefold find composed names by decomposed ones. */
function isLikeUploads(
  names: readonly string[],
  { directory }: Pick<UploadPolicy, "directory">,
): boolean {
  return directory.every((name, index) =>
    name.normalize("NFC") === names[index]?.normalize("NFC")
  );
}

/** `/` is everything. */
function toNames(directory: unknown): readonly string[] {
  const names = namesBelow(directory);
  if (names !== undefined) return names;
  throw typeError`Cannot receive files in ${directory}: expected a directory below the root`;
}

function checkedChoice(choice: unknown): UploadPolicy["onDuplicate"] {
  if (choice === "rename" || choice === "refuse" || choice === "overwrite") {
    return choice;
  }
  throw typeError`Cannot use ${choice} as onDuplicate: expected "rename", "refuse" or "overwrite"`;
}
