/**
 * The flags of who may ask.
 *
 * @module
 */

import type { Flag } from "./flag.ts";

/** The rows. */
export const ACCESS_FLAGS = [
  {
    name: "basic-auth",
    values: ["USER:PASSWORD"],
    repeatable: true,
    group: "Access",
    help: "ask for a password; repeatable",
  },
  {
    name: "basic-auth-file",
    values: ["FILE"],
    group: "Access",
    help: "ask for users of an htpasswd file (bcrypt)",
  },
  {
    name: "trusted-proxy",
    values: ["CIDR"],
    repeatable: true,
    group: "Access",
    help: "believe its Forwarded fields; repeatable",
  },
] as const satisfies readonly Flag[];
