/**
 * Names that a file, or a folder on the way to it, can be given: those that every system can have,
 * and that a visitor can see.
 *
 * @module
 */

import { isLikeScripts } from "../files/directory_names.ts";
import { extensionOf, isFileName } from "../files/locate.ts";
import { directoryDepth } from "../files/find_script.ts";
import { byteLength, MOST_NAME_BYTES } from "../files/alternatives.ts";
import { foldName } from "../files/spelling.ts";
import { isHostFile } from "../hosts/host_names.ts";
import type { Cgi } from "../site/scripts.ts";
import type { Site } from "../site/site.ts";

/** Why a name is refused: a status code, a message for people, and what they can do. */
export interface NameFault {
  readonly status: 400 | 403;
  readonly message: string;
  readonly explain: string;
}

/** What all file systems, and what Windows, take for something else. */
const SEPARATORS_REGEXP = /[/\\]/;
const CONTROLS_REGEXP = /\p{Cc}/u;

/** Why names, one below the other from the root, are refused; the first `known` of them are there already. */
export function faultOf(
  names: readonly string[],
  known: number,
  { cgi, routing }: Pick<Site, "cgi" | "routing">,
): NameFault | undefined {
  if (names.some((name) => name.startsWith("."))) {
    return forbidden(
      "Names that begin with a dot are hidden, and not received",
    );
  }
  if (cgi !== undefined && isOfScripts(names, cgi)) {
    return forbidden("Scripts are run here, and not received");
  }
  // A disk that ignores case would take another spelling for the file itself.
  if (routing.hostFiles !== undefined && isHostFile(names.map(foldName))) {
    return forbidden("This name is that of a file with rules of the site");
  }
  return names.slice(known).map(faultIn).find((fault) => fault !== undefined);
}

const ANOTHER = "Choose another name";

function forbidden(message: string): NameFault {
  return { status: 403, message, explain: ANOTHER };
}

function malformed(message: string, explain = ANOTHER): NameFault {
  return { status: 400, message, explain };
}

/** Whether it is a directory of scripts or in one, in any spelling, or has the extension of scripts. */
function isOfScripts(names: readonly string[], cgi: Cgi): boolean {
  return directoryDepth(names, cgi) !== undefined ||
    isLikeScripts(names, cgi) ||
    names.some((name) => cgi.extensions.has(extensionOf(name)));
}

function faultIn(name: string): NameFault | undefined {
  const message = complaintAbout(name);
  if (message !== undefined) return malformed(message);
  const isName = isFileName(name, "posix") && isFileName(name, "windows");
  return isName ? undefined : malformed(
    "Not every system can have this name",
    `${ANOTHER}, without : * ? " < > | or ~1, and not that of a device such as NUL`,
  );
}

function complaintAbout(name: string): string | undefined {
  if (name === "") return "The name is empty";
  if (!name.isWellFormed()) return "The name is not Unicode";
  if (CONTROLS_REGEXP.test(name)) return "The name has control characters";
  if (SEPARATORS_REGEXP.test(name)) return "The name has a slash in it";
  if (/[. ]$/.test(name)) return "The name ends with a dot or a space";
  return byteLength(name) > MOST_NAME_BYTES
    ? "The name is longer than 255 bytes"
    : undefined;
}
