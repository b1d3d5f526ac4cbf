/**
 * Receives files (RFC 9110 §9.3.4, RFC 7578), from top to bottom:
 *
 * 1. Is it below the directory of uploads, and no script that answers for itself?
 * 2. `allowedAt`: the methods of the resource; another one is answered 405, OPTIONS 204.
 * 3. `isForeign`: a page of another origin is answered 403; who must log in and has not, 401.
 * 4. `put`, `post`, `makeCollection`: what is known from the head refuses before anything is read;
 *    then the content goes into an incoming file, and that is published.
 *
 * @module
 */

import type { Context } from "../files/context.ts";
import { resolve } from "../files/resolve.ts";
import type { Fields } from "../http/field.ts";
import { ALLOW_READ } from "../http/registry.ts";
import { optionsReply, type Reply } from "../http/reply.ts";
import type { PathTarget, Resource } from "../http/resource.ts";
import { errorReply } from "../pages/error_page.ts";
import { notAllowedReply, notFoundReply } from "../pages/failure.ts";
import type { Peer } from "../ports/exchange.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Auth } from "../site/access.ts";
import { byName } from "../site/routing.ts";
import { isBelowUploads, isInDropBox } from "../site/upload_policy.ts";
import { createdReply, pathOf } from "./answers.ts";
import { cleanUp } from "./clean_up.ts";
import { findDestination, makeMissing, refused } from "./destination.ts";
import { post } from "./form.ts";
import { incomingName, offsetField, wholeLength } from "./incoming.ts";
import { isForeign } from "./origin.ts";
import { put } from "./put.ts";
import type { Upload, UploadState } from "./state.ts";

/** Who sends, with the name by which they have logged in; or the answer where they have not. */
export type Admit = (auth: Auth) => Promise<{
  readonly peer: () => Peer;
  readonly refusal?: Reply | undefined;
}>;

/** A request that may send something, and what is known of it. */
export interface Sending {
  readonly request: HttpRequest;
  /** Below the mount. */
  readonly target: PathTarget;
  readonly peer: Peer;
  readonly admit: Admit;
  readonly context: Context;
  readonly uploads: UploadState;
}

/** Answers a request below the directory of uploads; `undefined` for any other, and for one that a script answers. */
export async function receive(sending: Sending): Promise<Reply | undefined> {
  const { request, target, admit, uploads } = sending;
  const upload = toUpload(sending);
  if (upload === undefined) return undefined;
  const names = namesOf(target);
  const resource = await resolve(
    { ...target, segments: names },
    upload.context,
  );
  if (resource.kind === "script" || resource.kind === "refused") {
    return undefined;
  }
  const { method } = request;
  const isUnseen = isInDropBox(names, upload.policy);
  const allowed = isUnseen
    ? allowedUnseen(target)
    : allowedAt(resource, target);
  const allow = [ALLOW_READ, ...allowed].join(", ");
  const isAbsent = !isUnseen && resource.kind === "absent";
  if (method === "OPTIONS") return isAbsent ? undefined : optionsReply(allow);
  if (method === "POST" && isAbsent) return notFoundReply(resource.reason);
  if (!allowed.includes(method)) return notAllowedReply(allow);
  if (isForeign(request, upload.peer, upload.context.site)) return FOREIGN;
  const { auth } = upload.policy;
  const admitted = auth && await admit(auth);
  if (admitted?.refusal !== undefined) return admitted.refusal;
  cleanUp(upload.context, upload.policy, uploads);
  const peer = admitted?.peer() ?? upload.peer;
  const reply = await store(method, names, { ...upload, peer });
  return { ...reply, user: peer.user };
}

const FOREIGN: Reply = errorReply(403, {
  message: "Pages of other origins may not send files here",
  explain: "Send them from the page of the folder itself",
});

async function store(
  method: string,
  names: readonly string[],
  upload: Upload,
): Promise<Reply> {
  switch (method) {
    case "PUT":
      return await put(names, upload);
    case "POST":
      return await post(names, upload);
    default:
      return await makeCollection(names, upload);
  }
}

/** MKCOL (RFC 4918 §9.3): makes the folder that names lead to; nothing is there yet. */
async function makeCollection(
  names: readonly string[],
  upload: Upload,
): Promise<Reply> {
  const { request, context: { site } } = upload;
  if (Number(request.headers.get("content-length") ?? 0) > 0) {
    return refused(415, "A folder is made without content").reply;
  }
  const destination = await findDestination(names, upload);
  if (destination.kind === "refused") return destination.reply;
  const { missing } = destination;
  // RFC 4918 §9.3.1: those above it must be there.
  if (missing.length > 0) {
    return refused(409, `There is no folder "${missing[0]}"`).reply;
  }
  const made = await makeMissing(
    { ...destination, missing: names.slice(-1) },
    upload,
  );
  return "kind" in made
    ? made.reply
    : createdReply([pathOf(names, site, true)], request);
}

/** What receives; the policies of a site without a drop box tell what is there. */
function toUpload(
  { request, target, peer, context, uploads: state }: Sending,
): Upload | undefined {
  const { upload: policy, routing, ...site } = context.site;
  if (policy === undefined || !isBelowUploads(namesOf(target), policy)) {
    return undefined;
  }
  const seen = { ...site, upload: undefined, routing: byName(routing) };
  const seeing = { ...context, site: seen };
  return { request, peer, policy, context: seeing, state };
}

/** Doubled slashes are one. */
function namesOf({ segments }: PathTarget): readonly string[] {
  return segments.filter((segment) => segment !== "");
}

/** The methods that write to a resource. */
function allowedAt(
  resource: Resource,
  { directory }: PathTarget,
): readonly string[] {
  switch (resource.kind) {
    case "absent":
      return directory ? ["MKCOL"] : ["PUT", "MKCOL"];
    case "file": // of a directory it is the index
      return [directory ? "POST" : "PUT"];
    case "moved": // a folder; a file gets another name
      return ["PUT", "POST"];
    default:
      return ["POST"];
  }
}

/** The same, whatever is there: nobody sees what is in a drop box. */
function allowedUnseen({ directory }: PathTarget): readonly string[] {
  return [directory ? "POST" : "PUT", "MKCOL"];
}

/** The fields by which whoever has sent a part, and asks for the whole, may continue. */
export async function incompleteFields(sending: Sending): Promise<Fields> {
  const { target, request: { headers }, admit, uploads } = sending;
  const isKnown = uploads.incomplete.size > 0 || headers.has("upload-length");
  if (!isKnown) return [];
  const found = toUpload(sending);
  if (found === undefined || target.directory) return [];
  const { auth } = found.policy;
  const admitted = auth !== undefined && headers.has("authorization")
    ? await admit(auth)
    : undefined;
  const upload = { ...found, peer: admitted?.peer() ?? found.peer };
  const names = namesOf(target);
  const total = await wholeLength(names, upload);
  if (total === undefined) return [];
  const destination = await findDestination(names, upload);
  if (destination.kind === "refused" || destination.missing.length > 0) {
    return [];
  }
  const { directory } = destination;
  const name = await incomingName(names, total, upload);
  const state = await upload.policy.receiving.state(directory, name);
  return state === undefined
    ? []
    : [offsetField(state.size), ["Upload-Length", String(total)]];
}
