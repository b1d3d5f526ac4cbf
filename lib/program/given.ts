/**
 * What was given for the flags, and where: on the command line, by variables, in a file.
 *
 * @module
 */

import type { Given } from "./flag.ts";

/** Where a value comes from: the command line, a variable by its name, or a line of a file. */
export type Source =
  | { readonly kind: "flag" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "file"; readonly place: string };

/** What was given for a flag. `undefined` stands for its default, which hides the layers below. */
export interface GivenValue {
  readonly given: Given;
  readonly source: Source;
}

/** What one source gives, by the names of flags. */
export type Layer = ReadonlyMap<string, GivenValue>;

/** What was given for each flag, by its name. */
export type GivenValues = Readonly<Record<string, Given>>;

/** The layers as one: the first that has a flag counts, also for a list as a whole. */
export function mergeLayers(layers: readonly Layer[]): Layer {
  return new Map(layers.toReversed().flatMap((layer) => [...layer]));
}

/** The values without their sources. */
export function valuesOf(layer: Layer): GivenValues {
  return Object.fromEntries(
    [...layer].map(([name, { given }]) => [name, given]),
  );
}
