/**
 * Whether a Content-Security-Policy lets the script of live reload run and listen (CSP Level 3). That of a
 * user holds as it is; only our own pages let one script more run.
 *
 * @module
 */

import type { Fields } from "../http/field.ts";
import { isOurPolicy } from "../pages/markup.ts";

const NAME = "content-security-policy";

/** The directives of a policy; of equal names the first counts. */
type Directives = ReadonlyMap<string, readonly string[]>;

/** The same fields, whose policies let the script run; `undefined` where one of them forbids it. */
export function fieldsWithScript(
  fields: Fields,
  isSecure: boolean,
): Fields | undefined {
  const permitting = fields.map(([name, value]) =>
    name.toLowerCase() === NAME && isOurPolicy(value)
      ? [name, widened(value)] as const
      : [name, value] as const
  );
  const isAllowed = permitting
    .filter(([name]) => name.toLowerCase() === NAME)
    .flatMap(([, value]) => value.split(","))
    .every((policy) => allowsScript(readPolicy(policy), isSecure));
  return isAllowed ? permitting : undefined;
}

function readPolicy(policy: string): Directives {
  const directives = new Map<string, readonly string[]>();
  for (const text of policy.toLowerCase().split(";")) {
    const [name = "", ...sources] = text.trim().split(/\s+/);
    if (!directives.has(name)) directives.set(name, sources);
  }
  return directives;
}

/** Our own policies take no script by its URL, and connect nowhere unless they say so. */
function widened(policy: string): string {
  const directives = new Map(readPolicy(policy));
  const added = ["script-src", "connect-src"].filter((name) =>
    !directives.has(name)
  );
  const parts = policy.split("; ").map((directive) =>
    /^(?:script|connect)-src /.test(directive) && !/'self'/.test(directive)
      ? `${directive} 'self'`
      : directive
  );
  return [...parts, ...added.map((name) => `${name} 'self'`)].join("; ");
}

function allowsScript(directives: Directives, isSecure: boolean): boolean {
  const fallback = directives.get("default-src");
  const script = directives.get("script-src-elem") ??
    directives.get("script-src") ?? fallback;
  const connect = directives.get("connect-src") ?? fallback;
  const sandbox = directives.get("sandbox");
  const isFree = sandbox === undefined ||
    sandbox.includes("allow-scripts") && sandbox.includes("allow-same-origin");
  return isFree && allowsOrigin(script, isSecure) &&
    script?.includes("'strict-dynamic'") !== true &&
    allowsOrigin(connect, isSecure);
}

/** Whether what comes from the origin of the page is among the sources. */
function allowsOrigin(
  sources: readonly string[] | undefined,
  isSecure: boolean,
): boolean {
  const own = ["'self'", "*", "http:", ...isSecure ? ["https:"] : []];
  return sources === undefined || sources.some((one) => own.includes(one));
}
