/**
 * What is measured: a server that can be started on a directory.
 *
 * @module
 */

import type { Baseline } from "../baseline.ts";
import type { KeyFiles } from "../keys.ts";
import type { Command } from "../processes.ts";

/** What is asked of a server besides files: to run what is in `cgi-bin`, HTTPS, or a log in a file. */
export type Feature = "cgi" | "tls" | "log";

/** What a server is to serve. */
export interface Job {
  /** The directory; absolute. */
  readonly root: string;
  readonly port: number;
  readonly feature: Feature | undefined;
  /** What TLS needs. */
  readonly keys: KeyFiles | undefined;
  /** What a handler without files answers. */
  readonly constant: Constant | undefined;
  /** A directory for configurations, of this start alone. */
  readonly scratch: string;
}

/** An answer that is always the same. */
export interface Constant {
  readonly status: number;
  readonly length: number;
}

/** What is known when a subject was found. */
export interface Found {
  readonly version: string;
  /** What it is called, where only now that is known. */
  readonly title?: string;
  /** Makes the configuration, and says how to start. */
  readonly command: (job: Job) => Command | Promise<Command>;
}

/** A server. */
export interface Subject {
  readonly name: string;
  /** What it is called in tables. */
  readonly title: string;
  /** Its threads, and what was set otherwise than by default. */
  readonly setup: string;
  /**
   * Ours, what ours was, the constant answers that are the limit of a runtime, the least file
   * server on it, or somebody else's.
   */
  readonly kind: "ours" | "baseline" | "ceiling" | "least" | "peer";
  /** Names of the works in which alone it takes part; without it in all. */
  readonly works?: readonly string[];
  /** Looks for it; what is not there is said why. */
  readonly find: (tools: Tools) => Promise<Found | Missing>;
}

/** Why there is nothing to measure. */
export interface Missing {
  readonly missing: string;
}

/** What subjects have in common, made when the first one asks. */
export interface Tools {
  /** A directory for this run. */
  readonly temporary: string;
  /** The commit that ours is compared with; rejects where none is. */
  readonly baseline: () => Promise<Baseline>;
  /** The path of Bun. */
  readonly bun: () => Promise<string>;
  /** The directory that has the peers of the npm registry in `node_modules/`. */
  readonly npm: () => Promise<string>;
}
