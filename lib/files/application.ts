/**
 * The page of an application of one page, which answers navigations to what is not there. The
 * policies hold for it as for every file.
 *
 * @module
 */

import { type Resource, targetOf } from "../http/resource.ts";
import type { HttpRequest } from "../ports/message.ts";
import type { Context } from "./context.ts";
import { identifyByName } from "./resolve.ts";
import { type SelectedFile, selectFile } from "./select.ts";

/** No URL of a client has a space in it: no other request finds the page by this name in the cache. */
const CACHE_URL = " application";

/** What the path of the page leads to; `undefined` where no page is wanted. */
export async function findApplication(
  context: Context,
): Promise<Resource | undefined> {
  const { spa } = context.site.routing;
  return spa && await identifyByName(targetOf(spa, false), context);
}

/** The page, selected; `undefined` where there is none, or none that may be seen. */
export async function selectApplication(
  request: HttpRequest,
  context: Context,
): Promise<SelectedFile | undefined> {
  const page = await findApplication(context);
  if (page?.kind !== "file") return undefined;
  const { method, headers, body, signal } = request;
  const asked = { method, url: CACHE_URL, headers, body, signal };
  // Another file can come to the URL that was asked for, without a change of this one.
  const place = { preceding: [], isOnly: false };
  // The fields that a host adds are those of the URL that was asked for.
  const caching = context.caching && context.hosted === undefined;
  const next = { ...context, caching };
  return await selectFile(page, targetOf([], true), asked, next, place);
}
