/**
 * What other servers call things, and what to type here: `http-server`, `serve` and `sirv` of
 * npm, `caddy file-server`, `miniserve`, `dufs`, `php -S`. A flag of ours stands in no row.
 *
 * @module
 */

/** Flags, or a pattern of words that are no flags; and the advice, in which `$1` is a group. */
type Row = readonly [spelled: string | RegExp, advice: string];

const NOTHING_TO_TYPE = "nothing to type";

export const FOREIGN_TABLE: readonly Row[] = [
  [/^-p (\d+)$/, "-p is --protocol; a port is written alone: serve $1"],
  [/^:(\d+)$/, "a port: type serve $1"],
  [
    /^((?:[\w-]+(?:\.[\w-]+)*|\[[\da-f:.]+\]):\d+)$/i,
    "an address: type -b $1",
  ],
  [
    /^(https?:\/\/([^/?#]+).*)$/i,
    "a URL, and no directory; for --cors: --cors=$1; to listen there: -b $2",
  ],
  ["-l --listen", "type serve 8080, or -b ADDRESS"],
  [
    "--host --hostname --address --ip -i --interfaces --interface",
    "type -b ADDRESS",
  ],
  ["-a", "type -b ADDRESS, or --basic-auth"],
  ["-r --root --dir --docroot -t", "type -d DIR"],
  ["-o --browser", "type --open"],
  ["-s", "type --spa, or -q for silence"],
  ["--silent -L --no-request-logging --no-log", "type -q"],
  [
    "-v --verbose --debug --access-log",
    "requests are logged anyway; or type --version",
  ],
  ["-V", "type --version"],
  ["--auth --username --user", "type --basic-auth USER:PASSWORD"],
  ["--auth-file", "type --basic-auth-file FILE"],
  ["-S --ssl --tls --https", "type --tls-self-signed, or --tls-cert FILE"],
  ["--cert --ssl-cert -C", "type --tls-cert FILE"],
  ["--key --ssl-key -K", "type --tls-key FILE"],
  ["--pass --ssl-pass", "type --tls-password-file FILE"],
  ["--single --fallback --render-spa --render-try-index", "type --spa"],
  ["--cleanUrls --pretty-urls --clean --try-html", "type --clean-urls"],
  ["--trailingSlash", "type --trailing-slash always, or never"],
  [
    "-g --gzip --brotli --compression --precompressed",
    `${NOTHING_TO_TYPE}: text is compressed`,
  ],
  ["-u --no-compression --no-gzip", "type --no-compress"],
  [
    "--index --render-index",
    `${NOTHING_TO_TYPE}: index.html is one`,
  ],
  [
    "--browse --show-dir --autoindex --list",
    `${NOTHING_TO_TYPE}: directories are listed`,
  ],
  [
    "--no-dirlist --disable-indexing --no-index --no-dir-listing",
    "type --no-listing",
  ],
  [
    "--upload-files --allow-upload -A --allow-all",
    "type --upload",
  ],
  ["--hidden --all --show-hidden -D", "type --dotfiles"],
  [
    "--no-dotfiles",
    `${NOTHING_TO_TYPE}: they are not served`,
  ],
  [
    "--symlinks --allow-symlink --follow-links --follow",
    "type --follow-symlinks",
  ],
  ["--enable-cors", "type --cors"],
  [
    "-c --cache --maxage --max-age",
    "type --cache-control max-age=3600",
  ],
  ["--redirects --netlify --cloudflare", "type --host-files netlify"],
  ["--etag", `${NOTHING_TO_TYPE}: an ETag is sent; --no-etag leaves it out`],
  ["--qrcode", "type --qr"],
  [
    "--prefix --path-prefix --route-prefix --base --baseurl",
    "type --url-root /static",
  ],
  ["--mime --mimetypes", "type --content-type TYPE"],
  ["--threads -j --jobs --cluster", "type --workers auto"],
  ["--watch --live --livereload --live-reload", "type --reload"],
  ["-n --no-clipboard", `${NOTHING_TO_TYPE}: nothing is copied`],
  ["--no-port-switching", `${NOTHING_TO_TYPE}: --port-fallback does that`],
];

/** What to type in place of a word that another server takes; `undefined` where none does. */
export function foreignAdvice(word: string): string | undefined {
  for (const [spelled, advice] of FOREIGN_TABLE) {
    if (typeof spelled !== "string") {
      if (spelled.test(word)) return word.replace(spelled, advice);
    } else if (spelled.split(" ").includes(word)) return advice;
  }
  return undefined;
}
