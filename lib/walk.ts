/**
 * The walk of one request, from top to bottom:
 *
 * 1. `readTarget`: the URL becomes segments; a malformed one is answered 400.
 * 2. `isRegisteredMethod`: what nobody registered is answered 501.
 * 3. `resolve`: segments become a resource; what is absent is answered 404.
 * 4. `allow`: a method that files do not have is answered 405, OPTIONS 204.
 * 5. `select`: the resource becomes a representation, in one of its codings; 406.
 * 6. `evaluatePreconditions`: 304, 412, or on.
 * 7. `representationReply`: the whole or ranges of it; 200, 206 or 416, plain data.
 *
 * Then `handler.ts` has `send` make a `Response` of it; there, and only there, a file is
 * opened.
 *
 * @module
 */

import type { Selection } from "./files/negotiate.ts";
import { resolve } from "./files/resolve.ts";
import { selectFile, selectListing } from "./files/select.ts";
import { readTarget } from "./files/target.ts";
import { wantedDigest } from "./http/digest.ts";
import type { Fields } from "./http/field.ts";
import { ALLOW_READ, isRegisteredMethod } from "./http/method.ts";
import { evaluatePreconditions } from "./http/precondition.ts";
import { movedReply, optionsReply, type Reply } from "./http/reply.ts";
import {
  notModifiedReply,
  type Representation,
  representationReply,
} from "./http/representation.ts";
import { errorReply } from "./pages/error_page.ts";
import type { Site } from "./site.ts";
import { preflightReply } from "./wraps/cors.ts";

/**
 * Answers a request with plain data: a preflight, or the walk.
 *
 * @param request The request.
 * @param site What is served, and how.
 * @returns The reply.
 */
export async function answer(request: Request, site: Site): Promise<Reply> {
  return preflightReply(request, site.cors) ?? await walk(request, site);
}

async function walk(request: Request, site: Site): Promise<Reply> {
  const { method } = request;
  const target = readTarget(request);
  if (target.kind === "malformed") {
    return errorReply(400, { message: target.reason });
  }
  if (!isRegisteredMethod(method)) {
    return errorReply(501, { message: `Unsupported method ('${method}')` });
  }
  if (target.kind === "asterisk") return optionsReply();
  const resource = await resolve(target, site);
  if (resource.kind === "absent") return absentReply();
  if (method === "OPTIONS") return optionsReply();
  if (method !== "GET" && method !== "HEAD") return notAllowedReply();
  switch (resource.kind) {
    case "moved":
      return movedReply(resource.location);
    case "file":
      return represent(
        await selectFile(resource, target, request, site),
        request,
        site,
      );
    case "directory":
      return represent(
        await selectListing(target, resource.path, request, site),
        request,
        site,
      );
  }
}

function represent(
  selection: Selection,
  request: Request,
  { clock }: Site,
): Reply {
  switch (selection.kind) {
    case "unreadable":
      return errorReply(404, { message: "No permission to list directory" });
    case "not-acceptable":
      return errorReply(406, { fields: selection.fields });
    case "selected":
      return condition(selection.representation, request, clock.now());
  }
}

function condition(
  representation: Representation,
  request: Request,
  now: number,
): Reply {
  switch (evaluatePreconditions(request, representation.validators, now)) {
    case "failed":
      return errorReply(412, { fields: variance(representation) });
    case "not-modified":
      return notModifiedReply(representation, now);
    case "proceed":
      return range(representation, request, now);
  }
}

function range(
  representation: Representation,
  request: Request,
  now: number,
): Reply {
  const boundary = () => crypto.randomUUID();
  const result = representationReply(request, representation, now, boundary);
  switch (result.kind) {
    case "unsatisfiable":
      return errorReply(416, {
        fields: [...result.fields, ...variance(representation)],
      });
    case "reply": {
      const wanted = request.headers.get("want-repr-digest");
      const algorithm = wanted === null ? undefined : wantedDigest(wanted);
      if (algorithm === undefined) return result.reply;
      const digest = { algorithm, of: representation.body };
      return { ...result.reply, digest };
    }
  }
}

/** What the choice of the representation depended on, an answer about it depends on, too. */
function variance({ metadata }: Representation): Fields {
  return metadata.filter(([name]) => name.toLowerCase() === "vary");
}

/**
 * The reply where nothing is, or nothing that may be seen (RFC 9110 §15.5.5).
 *
 * @returns A 404.
 */
export function absentReply(): Reply {
  return errorReply(404, { message: "File not found" });
}

function notAllowedReply(): Reply {
  return errorReply(405, { fields: [["Allow", ALLOW_READ]] });
}
