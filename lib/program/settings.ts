/**
 * From the values of flags, and the words that belong to no flag, to settings: plain data,
 * which threads get as a copy.
 *
 * @module
 */

import type { CgiOptions } from "../site/options.ts";
import type { Given } from "./flag.ts";
import { type AnyRow, FLAG_TABLE } from "./flags.ts";
import { foreignAdvice } from "./foreign.ts";
import { isNumber, parsePort, UsageError } from "./values.ts";

/** What was given for each flag, by its name. */
export type GivenValues = Readonly<Record<string, Given>>;

/** Where a row puts what it reads: an option of the site, or a setting of the program. */
type TargetOf<Row> = Row extends { readonly option: infer Name } ? Name
  : Row extends { readonly setting: infer Path } ? Path
  : never;

/** What the rows without a section set. */
type PlainSettings = {
  readonly [
    Row in AnyRow as TargetOf<Row> extends `${string}.${string}` ? never
      : TargetOf<Row> & string
  ]: ReturnType<Row["read"]>;
};

/** What the rows of a section set. */
type Section<Name extends string> = {
  readonly [
    Row in AnyRow as TargetOf<Row> extends `${Name}.${infer Rest}` ? Rest
      : never
  ]: ReturnType<Row["read"]>;
};

/** What was given, read by the rows: the types are those of the table. */
interface ReadSettings extends PlainSettings {
  readonly where: Section<"where">;
  readonly https: Section<"https">;
  readonly access: Section<"access">;
  readonly cgi: Section<"cgi">;
  readonly log: Section<"log">;
  readonly limits: Section<"limits">;
}

/** What the user wants: the table of flags, with what several rows say together. */
export interface Settings
  extends Omit<ReadSettings, "cgi" | "directory" | "https">, Positionals {
  readonly https: HttpsSettings | undefined;
  readonly cgi: CgiSettings | undefined;
}

/** TLS. */
export interface HttpsSettings {
  /** Where the keys come from. */
  readonly source: KeyFiles | "self-signed";
  /** The port that redirects to HTTPS. */
  readonly redirectPort: number | undefined;
}

/** Paths of files in PEM. */
export interface KeyFiles {
  readonly cert: string;
  /** The same file by default. */
  readonly key: string;
  readonly passwordFile: string | undefined;
}

/** CGI; the environment is not read yet. */
export interface CgiSettings
  extends Pick<Section<"cgi">, "directories" | "extensions" | "environment"> {
  /** The options that need no form of their own: those that were given. */
  readonly options: Omit<
    CgiOptions,
    "directories" | "extensions" | "environment"
  >;
}

/** Reads and checks all settings; throws a `UsageError` or a `TypeError` with the reason. */
export function toSettings(
  given: GivenValues,
  positionals: readonly string[],
): Settings {
  const read = readRows(given);
  const settings = {
    ...read,
    https: toHttps(read.https),
    ...parsePositionals(positionals, read.directory),
    cgi: toCgi(read.cgi),
  };
  checkUnixSockets(settings);
  checkDuplicates(settings);
  return settings;
}

function readRows(given: GivenValues): ReadSettings {
  const sections: Record<string, unknown> = {};
  for (const row of FLAG_TABLE) {
    if (row.group === "Program") continue; // it prints something, and serves nothing
    const value = row.read(given[row.name], row.name);
    const [name = "", rest] = (row.option ?? row.setting).split(".");
    sections[name] = rest === undefined
      ? value
      : { ...sections[name] as object, [rest]: value };
  }
  return sections as unknown as ReadSettings;
}

/** Reads one flag. */
export function readFlag<Name extends AnyRow["name"]>(
  name: Name,
  given: GivenValues,
): ReturnType<Extract<AnyRow, { name: Name }>["read"]> {
  const row = FLAG_TABLE.find((row) => row.name === name);
  return row?.read(given[name], name) as never;
}

function toHttps(
  { cert, key, passwordFile, isSelfSigned, redirectPort }: Section<"https">,
): HttpsSettings | undefined {
  const dependent = { "tls-key": key, "tls-password-file": passwordFile };
  for (const [name, value] of Object.entries(dependent)) {
    if (cert !== undefined || value === undefined) continue;
    throw new UsageError(`--${name} requires --tls-cert to be set`);
  }
  if (cert !== undefined && isSelfSigned) {
    throw new UsageError("--tls-self-signed and --tls-cert exclude each other");
  }
  if (isSelfSigned) return { source: "self-signed", redirectPort };
  if (cert !== undefined) {
    return { source: { cert, key: key ?? cert, passwordFile }, redirectPort };
  }
  if (redirectPort === undefined) return undefined;
  throw new UsageError(
    "--redirect-http requires --tls-cert or --tls-self-signed to be set",
  );
}

/** Any flag of CGI turns it on. */
function toCgi(
  { isOn, directories, extensions, environment, ...others }: Section<"cgi">,
): CgiSettings | undefined {
  const options = Object.fromEntries(
    Object.entries(others).filter(([, value]) =>
      value !== undefined && value !== false
    ),
  );
  const isAsked = isOn || directories.length > 0 || environment.length > 0 ||
    Object.keys({ ...extensions, ...options }).length > 0;
  return isAsked
    ? { directories, extensions, environment, options }
    : undefined;
}

/**
 * Refuses for unix sockets what they do not have: TLS (Deno ignores the certificate there,
 * and would speak HTTP), and several threads.
 */
function checkUnixSockets({ where, https, workers }: Settings): void {
  if (!where.binds.some(({ kind }) => kind === "unix")) return;
  if (https !== undefined) {
    throw new UsageError(
      "a unix socket has no TLS: --bind unix:PATH is for HTTP",
    );
  }
  if (workers !== 1) {
    throw new UsageError("a unix socket cannot be shared by --workers");
  }
}

/** The second socket of the same address would find the port in use. */
function checkDuplicates({ where, port }: Settings): void {
  const places = where.binds
    .filter((bind) => bind.kind === "unix" || bind.port !== 0)
    .map((bind) =>
      bind.kind === "unix"
        ? `unix:${bind.path}`
        : `${bind.hostname.toLowerCase()}, port ${bind.port ?? port}`
    );
  const twice = places.find((place, at) => places.indexOf(place) !== at);
  if (twice === undefined) return;
  throw new UsageError(`--bind has the same place twice: ${twice}`);
}

/** The words that belong to no flag. */
interface Positionals {
  /** 0 for any free one. */
  readonly port: number;
  /** As the user wrote it. */
  readonly directory: string;
}

const DEFAULT_PORT = 8000;

function parsePositionals(
  words: readonly string[],
  named: string | undefined,
): Positionals {
  if (words.includes("")) throw new UsageError("an argument is empty");
  const ports = words.filter(isNumber);
  const directories = words.filter((word) => !isNumber(word));
  // A second number can only be meant as the directory.
  if (ports.length === 2) directories.push(...ports.splice(1));
  const [port] = ports;
  const [directory] = directories;
  if (words.length > 2 || directories.length > 1) {
    throw new UsageError(`too many arguments: ${quoted(words)}`);
  }
  if (named !== undefined && directory !== undefined) {
    throw new UsageError(`two directories: ${quoted([named, directory])}`);
  }
  const advice = directory && foreignAdvice(directory);
  if (advice !== undefined && advice !== "") {
    throw new UsageError(`"${directory}" is ${advice}`);
  }
  return {
    port: port === undefined ? DEFAULT_PORT : parsePort(port),
    directory: named ?? directory ?? ".",
  };
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}
