/**
 * Paths by the rules of each operating system. Function by function: `@std/path/posix` and
 * `windows` as wholes are sixty modules, which every start would load.
 *
 * @module
 */

import { isAbsolute as isAbsolutePosix } from "@std/path/posix/is-absolute";
import { join as joinPosix } from "@std/path/posix/join";
import { resolve as resolvePosix } from "@std/path/posix/resolve";
import { isAbsolute as isAbsoluteWindows } from "@std/path/windows/is-absolute";
import { join as joinWindows } from "@std/path/windows/join";
import { resolve as resolveWindows } from "@std/path/windows/resolve";
import type { OperatingSystem } from "../ports/files.ts";

/** What is asked of paths. */
interface Paths {
  readonly isAbsolute: (path: string) => boolean;
  readonly join: (path: string, ...segments: string[]) => string;
  readonly resolve: (...segments: string[]) => string;
}

/** The rules. */
export const PATHS: Readonly<Record<OperatingSystem, Paths>> = {
  posix: {
    isAbsolute: isAbsolutePosix,
    join: joinPosix,
    resolve: resolvePosix,
  },
  windows: {
    isAbsolute: isAbsoluteWindows,
    join: joinWindows,
    resolve: resolveWindows,
  },
};
