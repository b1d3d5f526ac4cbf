/**
 * The rows of sites as hosts serve them, in the table of flags.
 *
 * @module
 */

import type { UngroupedRow } from "./flag.ts";
import * as read from "./values.ts";

/** The rows. */
export const SITE_ROWS = [
  {
    name: "spa",
    option: "spa",
    values: ["FILE"],
    read: read.spa,
    otherwise: "index.html",
    help: "answer navigations to what is missing with FILE",
  },
  {
    name: "clean-urls",
    option: "cleanUrls",
    ...read.SWITCH,
    help: "/about is about.html, and /about.html leads there",
  },
  {
    name: "trailing-slash",
    option: "trailingSlash",
    values: ["WHEN"],
    read: read.trailingSlash,
    choices: ["always", "never", "keep"],
    closed: true,
    help: "in URLs of pages: always, never or keep (default)",
  },
  {
    name: "host-files",
    option: "hostFiles",
    values: ["HOST"],
    read: read.hostFiles,
    choices: ["netlify", "cloudflare"],
    closed: true,
    help: "obey _redirects and _headers as netlify or cloudflare",
  },
  {
    name: "reload",
    setting: "reload",
    ...read.SWITCH,
    fixed: true,
    help: "reload pages in browsers when a file changes",
  },
] as const satisfies readonly UngroupedRow[];
