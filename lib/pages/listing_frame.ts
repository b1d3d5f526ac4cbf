/**
 * What stands around the rows of a page that lists a directory: the way here, the search, the heads
 * of the columns, the summary. What changes the query is a form and no link: `wget -r`, httrack,
 * rclone and apt-mirror follow every link of a page.
 *
 * @module
 */

import { archiveForm } from "./archive_form.ts";
import { ARTICLE_STYLE, LISTING_STYLE, SCRIPT } from "./listing_assets.ts";
import { toVisible } from "./entry_name.ts";
import { SPRITE } from "./icons.ts";
import type { ListingHeading, ListingSummary } from "./listing.ts";
import {
  formatListingQuery,
  isSearch,
  type ListingQuery,
  PLAIN_QUERY,
  type SortKey,
} from "./listing_query.ts";
import { UP_ROW } from "./listing_rows.ts";
import { type Markup, markup, pageFrame, policyOf } from "./markup.ts";
import { formatCount, formatSize, pluralize } from "./quantity.ts";
import {
  dropBoxHead,
  dropBoxTail,
  receivesFiles,
  UPLOAD_PARTS,
  uploadForm,
} from "./upload_form.ts";

/** What is in the head of every listing. */
const PARTS = { styles: [LISTING_STYLE], scripts: [SCRIPT] };
/** With what receives files. */
const RECEIVING_PARTS = {
  styles: [...PARTS.styles, ...UPLOAD_PARTS.styles],
  scripts: [...PARTS.scripts, ...UPLOAD_PARTS.scripts],
};

/**
 * The script's viewer shows pictures, sound, and PDF (in a frame) of this site, and fetches text;
 * nothing comes from another one.
 */
export const LISTING_POLICY: string = policyOf(
  {
    styles: [...RECEIVING_PARTS.styles, ARTICLE_STYLE],
    scripts: RECEIVING_PARTS.scripts,
  },
  [
    "img-src 'self' data:",
    "media-src 'self'",
    "frame-src 'self'",
    "connect-src 'self'",
  ],
);

const NOTHING = markup``;

/** What comes before the rows. */
export function formatHead(heading: ListingHeading): string {
  if (heading.upload?.only) return dropBoxHead(heading);
  const { path, parent, query } = heading;
  // GDAL (`/vsicurl/`) reads listings with Apache's title alone; with a slash at its end, no
  // names that are percent-encoded.
  const title = `Index of ${toVisible(path.slice(0, -1)) || "/"}`;
  const { head } = pageFrame(query.q === "" ? title : `${title}: ${query.q}`, {
    ...(receivesFiles(heading) ? RECEIVING_PARTS : PARTS),
    className: query.view === "grid" ? "grid" : "",
  });
  const { text } = markup`${{ text: SPRITE }}
<header>
${breadcrumbs(heading)}
${searchForm(query)}
${viewForm(query)}
</header>
<main>
<h1 id="title"><bdi>${namesOf(path).at(-1) ?? "Index of /"}</bdi></h1>
${archiveForm(heading)}${
    uploadForm(heading)
  }<table class="list" aria-labelledby="title">
<thead><tr>${column("name", query)}${column("modified", query)}${
    column("size", query)
  }
<tbody>
`;
  return head + text + (parent ? UP_ROW : "");
}

/** The names of a path, as text. */
function namesOf(path: string): readonly string[] {
  return path.split("/").filter((name) => name !== "").map(toVisible);
}

function breadcrumbs({ path, parent, depth }: ListingHeading): Markup {
  const all = namesOf(path);
  const levels = depth ?? (parent ? all.length : 0);
  const home = { text: '<svg aria-hidden=true><use href="#home"/></svg>' };
  const items = ["", ...all.slice(all.length - levels)].map((name, index) => {
    const up = levels - index;
    const current = up === 0 ? markup` aria-current="page"` : NOTHING;
    const label = index === 0 ? markup` aria-label="Home"` : NOTHING;
    const text = index === 0 ? home : markup`<bdi>${name}</bdi>`;
    return markup`<li><a href="${
      "../".repeat(up) || "./"
    }"${current}${label}>${text}</a>`;
  });
  return markup`<nav aria-label="Path"><ol>${items}</ol></nav>`;
}

/** What a query says and keeps, as inputs that nobody sees. */
function hidden(
  query: ListingQuery,
  names: ReadonlyArray<keyof ListingQuery>,
): readonly Markup[] {
  const isSaid = (name: keyof ListingQuery) =>
    query[name] !== PLAIN_QUERY[name] && !(name === "page" && query.page === 1);
  return names.filter(isSaid)
    .map((name) => {
      const value = query[name] === true ? "" : String(query[name]);
      return markup`<input type="hidden" name="${name}" value="${value}">`;
    });
}

function searchForm(query: ListingQuery): Markup {
  const kept = hidden(query, ["sort", "order", "view", "format"]);
  const checked = query.recursive ? markup` checked` : NOTHING;
  const clear = !isSearch(query)
    ? NOTHING
    : markup`\n<form>${kept}<button>Show all</button></form>`;
  return markup`<form role="search">${kept}<input type="search" name="q" value="${query.q}" placeholder="Search names" aria-label="Search names" autocomplete="off" spellcheck="false"><label><input type="checkbox" name="recursive" value=""${checked}>in subfolders</label><button>Search</button></form>${clear}`;
}

function viewForm(query: ListingQuery): Markup {
  const [value, text] = query.view === "grid"
    ? ["list", "List"]
    : ["grid", "Grid"];
  const names = ["q", "recursive", "sort", "order", "format", "page"] as const;
  return markup`<form id="view">${
    hidden(query, names)
  }<button name="view" value="${value}">${text}</button></form>`;
}

const COLUMNS = { name: "Name", modified: "Modified", size: "Size" } as const;

/** The head of a column sorts by it, the newest and the largest first; the other way round where that is the order. */
function column(sort: SortKey, query: ListingQuery): Markup {
  const isSorted = query.sort === sort;
  const isAscending = isSorted ? query.order === "desc" : sort === "name";
  const order = isAscending ? "asc" : "desc";
  const sorted = isSorted ? markup` aria-sort="${query.order}ending"` : NOTHING;
  const inputs = hidden({ ...query, order }, [
    "q",
    "recursive",
    "view",
    "format",
    "order",
  ]);
  return markup`<th scope="col"${sorted}><form>${inputs}<button name="sort" value="${sort}">${
    COLUMNS[sort]
  }</button></form>`;
}

/** What comes behind the rows; `readme` is HTML. */
export function formatTail(summary: ListingSummary, readme?: string): string {
  if (summary.upload?.only) return dropBoxTail();
  const article = readme === undefined ? NOTHING : {
    text:
      `<style>${ARTICLE_STYLE.text}</style>\n<article>${readme}</article>\n`,
  };
  const { text } = markup`</table>
<p id="summary" role="status">${sumUp(summary)}</p>
${pager(summary)}${article}</main>
<footer><p id="zone">Times are in UTC.</p></footer>`;
  return text + pageFrame("").tail;
}

/** How much there is; for a search, what may be done to find more. */
function sumUp(summary: ListingSummary): Markup {
  const { query, directories, files } = summary;
  const wanted = query.q === "" ? NOTHING : markup` for “${query.q}”`;
  if (directories + files > 0) {
    const found = isSearch(query) ? markup`Found${wanted}: ` : NOTHING;
    const advice = summary.cut === undefined ? "" : adviceOn(summary);
    return markup`${found}${quantities(summary)}${advice}`;
  }
  return isSearch(query)
    ? markup`Nothing found${wanted}${adviceOn(summary)}`
    : markup`This folder is empty.`;
}

function quantities({ directories, files, size }: ListingSummary): Markup {
  const counts = [
    ...(directories > 0 ? [pluralize(directories, "folder")] : []),
    ...(files > 0 ? [pluralize(files, "file")] : []),
  ].join(", ");
  if (size === undefined || files === 0) return markup`${counts}`;
  const exact = pluralize(size, "byte");
  return markup`${counts}, <span title="${exact}">${formatSize(size)}</span>`;
}

function adviceOn({ query, cut }: ListingSummary): string {
  switch (cut) {
    case "entries":
      return ". There is more: the search has ended after as many entries as it may look at. Search in one of the folders.";
    case "time":
      return ". There may be more: the search has ended because it took too long. Search in one of the folders.";
    default:
      return query.recursive
        ? "."
        : ". Search in subfolders, too, to find more.";
  }
}

function pager({ query, pages }: ListingSummary): Markup {
  const { page } = query;
  if (page === undefined || pages < 2) return NOTHING;
  const link = (text: string, to: number, rel = "nofollow") =>
    markup` <a rel="${rel}" href="${
      formatListingQuery(query, { page: to })
    }">${text}</a>`;
  const back = page > 1
    ? [
      link("First", 1),
      link("Previous", Math.min(page - 1, pages), "nofollow prev"),
    ]
    : [];
  const on = page < pages
    ? [link("Next", page + 1, "nofollow next"), link("Last", pages)]
    : [];
  return markup`<nav aria-label="Pages"><span>Page ${formatCount(page)} of ${
    formatCount(pages)
  }</span>${back}${on}</nav>
`;
}
