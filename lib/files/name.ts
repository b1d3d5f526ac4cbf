/**
 * Names: which segments can be the name of a file, and which are hidden. Pure, with
 * the operating system as a parameter, so that the rules for Windows are tested everywhere.
 *
 * @module
 */

import type { OperatingSystem } from "../ports/ports.ts";

/** What Windows does not allow in a name, or reads as something else: separators, drives, streams. */
const WINDOWS_CHARACTERS_REGEXP = /[\p{Cc}<>:"/\\|?*]/u;
/** Devices: these names open hardware, in every directory and with every extension. */
const WINDOWS_DEVICES_REGEXP =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?:\.|$)/i;
/** 8.3 aliases: a second name, such as `GIT~1` for `.git`, that no policy has seen. */
const WINDOWS_ALIAS_REGEXP = /~\d/;

/**
 * Whether a decoded segment can be the name of a file: what cannot is absent, not an error.
 *
 * @param segment The segment.
 * @param os Whose rules apply.
 * @returns Whether it can be a name.
 */
export function isFileName(segment: string, os: OperatingSystem): boolean {
  if (segment === "" || segment === "." || segment === "..") return false;
  switch (os) {
    case "posix":
      return !segment.includes("/") && !segment.includes("\0");
    case "windows":
      return !WINDOWS_CHARACTERS_REGEXP.test(segment) &&
        !WINDOWS_DEVICES_REGEXP.test(segment) &&
        !WINDOWS_ALIAS_REGEXP.test(segment) &&
        !segment.endsWith(".") && !segment.endsWith(" ");
  }
}

/**
 * Whether a name is hidden by default: names that begin with a dot are, because of
 * `.git` and `.env`; `.well-known` is meant to be seen (RFC 8615).
 *
 * @param name The name.
 * @returns Whether it is hidden.
 */
export function isHidden(name: string): boolean {
  return name.startsWith(".") && name !== ".well-known";
}
