/**
 * From what was selected to a reply: preconditions, ranges, digests (RFC 9110 §13, §14).
 *
 * @module
 */

import type { Selection } from "../files/negotiate.ts";
import { wantedDigest } from "../http/digest.ts";
import type { Fields } from "../http/field.ts";
import { evaluatePreconditions } from "../http/precondition.ts";
import type { Reply } from "../http/reply.ts";
import {
  notModifiedReply,
  type Representation,
  representationReply,
} from "../http/representation.ts";
import { errorReply } from "../pages/error_page.ts";
import type { Site } from "../site/site.ts";

/**
 * The reply to a request for what was selected.
 *
 * @param selection The representation, or that there is none.
 * @param request The request.
 * @param site What is served, and how.
 * @returns The reply.
 */
export function represent(
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
