/**
 * From the values of flags to settings: plain data, which threads get as a copy.
 *
 * @module
 */

import type {
  ArchiveOptions,
  CgiOptions,
  UploadOptions,
} from "../site/options.ts";
import { type GivenValues, isSetting } from "./flag.ts";
import { type AnyRow, findFlag, FLAG_TABLE } from "./flags.ts";
import { UsageError } from "./values.ts";

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
  readonly archive: Section<"archive">;
  readonly cgi: Section<"cgi">;
  readonly upload: Section<"upload">;
  readonly log: Section<"log">;
  readonly limits: Section<"limits">;
  readonly share: Section<"share">;
}

/** What the user wants: the table of flags, with what several rows say together. */
export interface Settings
  extends Omit<ReadSettings, "archive" | "cgi" | "https" | "share" | "upload"> {
  readonly archive: boolean | ArchiveOptions;
  readonly https: HttpsSettings | undefined;
  readonly share: ShareSettings | undefined;
  readonly cgi: CgiSettings | undefined;
  /** How files are received; `undefined` when they are not. */
  readonly upload: UploadOptions | undefined;
}

/** A share, and when it ends by itself: at the first of these. */
export interface ShareSettings {
  /** After this time, in milliseconds. */
  readonly duration: number | undefined;
  /** After so many downloads. */
  readonly times: number | undefined;
}

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
export function toSettings(given: GivenValues): Settings {
  const read = readRows(given);
  const settings = {
    ...read,
    archive: toArchive(read.archive),
    https: toHttps(read.https),
    cgi: toCgi(read.cgi),
    upload: toUpload(read.upload),
    share: toShare(read.share),
  };
  checkUploads(settings);
  checkUnixSockets(settings);
  checkShare(settings);
  checkReload(settings);
  checkDuplicates(settings);
  return settings;
}

function readRows(given: GivenValues): ReadSettings {
  const sections: Record<string, unknown> = {};
  for (const row of FLAG_TABLE) {
    if (!isSetting(row)) continue; // it prints something, and serves nothing
    const value = row.read(given[row.name], row.name);
    const [name = "", rest] = (row.option ?? row.setting).split(".");
    sections[name] = rest === undefined
      ? value
      : { ...sections[name] as object, [rest]: value };
  }
  return sections as unknown as ReadSettings;
}

export function readFlag<Name extends AnyRow["name"]>(
  name: Name,
  given: GivenValues,
): ReturnType<Extract<AnyRow, { name: Name }>["read"]> {
  return findFlag(`--${name}`)?.read(given[name], name) as never;
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

function toArchive(
  { isOn, ...bounds }: Section<"archive">,
): boolean | ArchiveOptions {
  const given = Object.entries(bounds).filter(([, value]) =>
    value !== undefined
  );
  return isOn && given.length > 0 ? Object.fromEntries(given) : isOn;
}

/** An end turns it on, too. */
function toShare(
  { isOn, duration, times }: Section<"share">,
): ShareSettings | undefined {
  const isAsked = isOn || duration !== undefined || times !== undefined;
  return isAsked ? { duration, times } : undefined;
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

/** Any flag of uploads turns them on; only those that were given are options. */
function toUpload(
  { users, only, ...others }: Section<"upload">,
): UploadOptions | undefined {
  const given = { ...others, ...users && { auth: { users } } };
  const options = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  return only || Object.keys(options).length > 0
    ? { ...options, only }
    : undefined;
}

/** Two threads could write to one incoming file. */
function checkUploads({ upload, workers }: Settings): void {
  if (upload === undefined || workers === 1) return;
  throw new UsageError("--upload needs one thread: leave --workers out");
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

/** Downloads are counted in one place: the ranges of one may come in by any thread. */
function checkShare({ share, workers }: Settings): void {
  if (share === undefined || workers === 1) return;
  throw new UsageError("--share counts downloads: it has no --workers");
}

/** A share is for others, who need not learn of changes; and one thread has all streams of events. */
function checkReload({ reload, share, workers }: Settings): void {
  if (!reload) return;
  if (share !== undefined) {
    throw new UsageError("--reload and --share exclude each other");
  }
  if (workers !== 1) {
    throw new UsageError("--reload needs one thread: leave --workers out");
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
