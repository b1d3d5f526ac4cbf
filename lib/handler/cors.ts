/**
 * Cross-origin reading: the CORS protocol of the Fetch standard. It admits and adds
 * fields; it changes no representation.
 *
 * @module
 */

import { NO_BODY } from "../http/body.ts";
import {
  EXPOSED_FIELDS,
  type Field,
  type Fields,
  fieldValue,
  isToken,
} from "../http/field.ts";
import { ALLOW_READ } from "../http/registry.ts";
import type { Reply } from "../http/reply.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { CorsPolicy } from "../site/site.ts";

/** How long a browser may remember a preflight, in seconds. */
const MAX_AGE = "86400";

/** The answer to a preflight request, where it is one. */
export function preflightReply(
  { method, headers }: HttpRequest,
  policy: CorsPolicy,
): Reply | undefined {
  if (policy.kind === "none" || method !== "OPTIONS") return undefined;
  const asked = headers.has("access-control-request-method");
  if (!asked || !headers.has("origin")) return undefined;
  const names = (headers.get("access-control-request-headers") ?? "")
    .split(",").map((name) => name.trim()).filter(isToken);
  const fields: Field[] = [
    ["Access-Control-Allow-Methods", ALLOW_READ],
    ["Access-Control-Max-Age", MAX_AGE],
    ["Vary", "Access-Control-Request-Method, Access-Control-Request-Headers"],
  ];
  if (names.length > 0) {
    fields.push(["Access-Control-Allow-Headers", names.join(", ")]);
  }
  return { status: 204, fields, body: NO_BODY };
}

/** A reply with the fields that let other origins read it. */
export function withCors(
  reply: Reply,
  { headers }: HttpRequest,
  policy: CorsPolicy,
): Reply {
  switch (policy.kind) {
    case "none":
      return reply;
    case "any":
      return add(reply, readableBy("*"));
    case "listed": {
      const origin = headers.get("origin");
      return origin === null || !policy.origins.includes(origin)
        ? add(reply, [VARY])
        : add(reply, [...readableBy(origin), VARY]);
    }
  }
}

const VARY: Field = ["Vary", "Origin"];

function readableBy(origin: string): Fields {
  return [
    ["Access-Control-Allow-Origin", origin],
    ["Access-Control-Expose-Headers", EXPOSED_FIELDS],
  ];
}

/** A script may have a policy of its own; two would be none. */
function add(reply: Reply, fields: Fields): Reply {
  return fieldValue(reply.fields, "access-control-allow-origin") === undefined
    ? { ...reply, fields: [...reply.fields, ...fields] }
    : reply;
}
