/**
 * Incoming files: what they are called, so that whoever has sent a part finds it again, and who
 * writes to them at the moment.
 *
 * @module
 */

import { toHex } from "../http/digest.ts";
import type { Field } from "../http/field.ts";
import { type FoundBelow, INCOMING_PREFIX, join } from "../ports/files.ts";
import type { Upload } from "./state.ts";

/** How many bytes are there, for whoever may continue (draft-ietf-httpbis-resumable-upload). */
export function offsetField(bytes: number): Field {
  return ["Upload-Offset", String(bytes)];
}

/** How many uploads that are not complete are remembered. */
const MOST_INCOMPLETE = 10_000;

/** A digest of who sends what to where: nobody else continues it, and many are remembered, whatever they send. */
async function identityOf(
  names: readonly string[],
  { request: { headers }, peer }: Upload,
): Promise<string> {
  const sender = peer.user === undefined
    ? ["address", peer.address]
    : ["user", peer.user];
  const id = headers.get("upload-id");
  const digest = headers.get("repr-digest");
  return await digestOf(JSON.stringify([names, sender, id, digest]));
}

async function digestOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return toHex(new Uint8Array(digest)).slice(0, 32);
}

/** The name of the incoming file of a whole of so many bytes. */
export async function incomingName(
  names: readonly string[],
  total: number,
  upload: Upload,
): Promise<string> {
  const identity = await identityOf(names, upload);
  return INCOMING_PREFIX + await digestOf(`${identity} ${total}`);
}

/** A name that nobody finds again. */
export function randomName(): string {
  return INCOMING_PREFIX + crypto.randomUUID().replaceAll("-", "");
}

/** Remembers that a part is there, or that it is not any more. */
export async function remember(
  names: readonly string[],
  total: number | undefined,
  upload: Upload,
): Promise<void> {
  const { incomplete } = upload.state;
  const identity = await identityOf(names, upload);
  incomplete.delete(identity);
  if (total === undefined) return;
  incomplete.set(identity, total);
  const [oldest] = incomplete.keys();
  if (incomplete.size > MOST_INCOMPLETE && oldest !== undefined) {
    incomplete.delete(oldest);
  }
}

/** Whether a part is there that this process has received. */
export async function isRemembered(
  names: readonly string[],
  upload: Upload,
): Promise<boolean> {
  return upload.state.incomplete.has(await identityOf(names, upload));
}

/** The length of what is to be continued: the client tells it, or it was told before. */
export async function wholeLength(
  names: readonly string[],
  upload: Upload,
): Promise<number | undefined> {
  const told = upload.request.headers.get("upload-length") ?? "";
  return /^\d{1,15}$/.test(told)
    ? Number(told)
    : upload.state.incomplete.get(await identityOf(names, upload));
}

/** An incoming file that is one's own, until it is released. */
export interface Claim {
  readonly name: string;
  /** Whether it is found again. */
  readonly isResumable: boolean;
  /** Calls back when another request wants to continue it. */
  onInterrupt: () => void;
  readonly release: () => void;
}

/**
 * Claims an incoming file. Of two who send the same whole at the same time the second gets a file of
 * its own; a request that is one of several takes over: the connection of the first may be dead
 * without our knowing.
 */
export async function claim(
  { path }: FoundBelow,
  name: string | undefined,
  takesOver: boolean,
  { state: { writing } }: Upload,
): Promise<Claim> {
  const at = (name: string) => join(path, [name]);
  if (name !== undefined && takesOver) {
    // Several may wait for it: each looks again.
    for (let end; (end = writing.get(at(name))) !== undefined;) await end();
  }
  const isFree = name !== undefined && !writing.has(at(name));
  const own = isFree ? name : randomName();
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = () => {
      writing.delete(at(own));
      resolve();
    };
  });
  const claimed: Claim = {
    name: own,
    isResumable: isFree,
    onInterrupt: () => {},
    release,
  };
  writing.set(at(own), () => {
    claimed.onInterrupt();
    return released;
  });
  return claimed;
}
