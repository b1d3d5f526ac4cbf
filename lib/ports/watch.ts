/**
 * What tells of changes on the disk. Types only.
 *
 * @module
 */

/** Where something has changed. A runtime tells too much, too little, and twice: look again there. */
export type Change =
  | {
    /** Something at a path. */
    readonly kind: "path";
    /** Its absolute path; that of a watched directory, when that itself has changed. */
    readonly path: string;
  }
  | {
    /** The system has lost some: anything may have changed. */
    readonly kind: "any";
  };

/** Why a directory cannot be watched. */
export interface WatchFailure {
  /** What kind of failure it is. `limit`: the system has no more watches. */
  readonly kind: "limit" | "absent" | "permission" | "unknown";
  /** The reason; for `permission` the flag that is missing. */
  readonly message: string;
}

/** What watches directories; it does not keep the program alive. */
export interface Watching {
  /**
   * Watches a directory; one that is watched already is watched anew, for another may have its name
   * now. Linux has a watch for each directory. So whoever adds a `tree` also adds as `entries` each
   * directory that is found below it: a runtime that watches trees by itself has nothing to do then.
   */
  readonly add: (
    directory: string,
    depth: "tree" | "entries",
  ) => Promise<WatchFailure | undefined>;
  /** Watches a directory no more. */
  readonly remove: (directory: string) => void;
  /** Ends all of it. */
  readonly close: () => void;
}

/** Opens what watches directories by their real paths; what fails later comes by `onFailure`. */
export type Watch = (
  onChange: (change: Change) => void,
  onFailure: (failure: WatchFailure) => void,
) => Watching;
