/**
 * The handler and every part of it, without the program: from a `Request` to a `Response`,
 * and the rules of HTTP in between, each a function of its own.
 *
 * @example Usage
 * ```ts
 * import { createHandler } from "@x/serve/handler";
 * import { assertEquals } from "@std/assert";
 *
 * const handler = createHandler({ root: ".", log: false });
 * const response = await handler(new Request("http://localhost/none"));
 * assertEquals(response.status, 404);
 * ```
 *
 * @module
 */

export {
  type Coder,
  type Content,
  type ContentReader,
  type Encoder,
  type Piece,
  pieceLength,
  type Pieces,
  piecesLength,
  type Span,
  spanLength,
  type UnreadCallbacks,
} from "./ports/content.ts";
export type * from "./ports/exchange.ts";
export type {
  Awaitable,
  Demand,
  Entry,
  EntryState,
  Files,
  Find,
  Found,
  FoundBelow,
  IncomingFile,
  Open,
  OpenFile,
  OperatingSystem,
  PathStamp,
  Receiving,
  Stat,
} from "./ports/files.ts";
export type {
  Answer,
  Attempt,
  HeaderSection,
  HttpRequest,
  Refusal,
  Responder,
} from "./ports/message.ts";
export type * from "./ports/processes.ts";
export type * from "./ports/runtime.ts";
export type * from "./ports/sockets.ts";
export type * from "./ports/watch.ts";
export {
  clientNetwork,
  compileNetworks,
  type InNetworks,
  readAddress,
} from "./http/address.ts";
export {
  type Body,
  type MadeSource,
  type Source,
  type StoredSource,
  wholeBody,
} from "./http/body.ts";
export * from "./http/byte_range.ts";
export * from "./http/content_coding.ts";
export * from "./http/credentials.ts";
export { formatHttpDate, parseHttpDate } from "./http/date.ts";
export * from "./http/digest.ts";
export * from "./http/entity_tag.ts";
export {
  checkedField,
  type Field,
  type Fields,
  fieldValue,
  isToken,
  NOT_MODIFIED_FIELDS,
  overrideFields,
  readUtf8,
  withoutFields,
} from "./http/field.ts";
export * from "./http/forwarded.ts";
export * from "./http/glob.ts";
export {
  createGuessType,
  DEFAULT_MEDIA_TYPE,
  type GuessType,
  type MediaTypeOptions,
} from "./http/media_type.ts";
export {
  type FieldChange,
  formatAttachment,
  hasContentHash,
} from "./http/metadata.ts";
export * from "./http/precondition.ts";
export * from "./http/registry.ts";
export * from "./http/reply.ts";
export {
  notModifiedReply,
  type RangeReply,
  type Representation,
  representationReply,
} from "./http/representation.ts";
export type * from "./http/resource.ts";
export { secretPath } from "./http/resource.ts";
export * from "./http/target.ts";
export * from "./pages/error_page.ts";
export {
  type ArchiveFormat,
  type EntryKind,
  type List,
  type Listing,
  type ListingEntry,
  type ListingFormat,
  type ListingHeading,
  type ListingInit,
  listingPage,
  type ListingQuery,
  type ListingSummary,
  type ListingUpload,
  type SortKey,
} from "./pages/listing_page.ts";
export {
  type Markup,
  markup,
  type MarkupValue,
  type Page,
  page,
  PAGE_POLICY,
} from "./pages/markup.ts";
export * from "./log/access_log.ts";
export {
  createLogFormat,
  createScriptFormat,
  type LogFormat,
} from "./log/format.ts";
export type * from "./site/options.ts";
export type { OverrideOptions } from "./site/overrides.ts";
export type {
  Host,
  HostFilesLog,
  RoutingOptions,
  TrailingSlash,
} from "./site/routing.ts";
export * from "./files/memory_files.ts";
export * from "./cgi/meta_variables.ts";
export {
  headerBlockEnd,
  parseHeaderBlock,
  type ScriptDocument,
  type ScriptResponse,
} from "./cgi/response.ts";
export * from "./handler/create_handler.ts";
export type { PassingSiteHandler, SiteHandler } from "./handler/handler.ts";
export * from "./handler/methods.ts";
export * from "./server/listen.ts";
export type { LimitOptions } from "./server/listeners.ts";
export * from "./server/node_listener.ts";
export type { MountedHandler } from "./server/responder.ts";
export type {
  ServerHandler,
  ServerOptions,
  ServerTlsOptions,
} from "./server/listen_options.ts";
