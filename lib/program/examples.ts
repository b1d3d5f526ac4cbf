/**
 * What people want, and what they type for it: the tables of jobs in the READMEs, and
 * the examples of the manual page.
 *
 * @module
 */

/** Rows of a purpose in Markdown, and the command lines for it; what most people want first. */
export const EXAMPLES: ReadonlyArray<
  readonly [purpose: string, ...lines: string[]]
> = [
  ["share this folder on port 8000", "serve"],
  ["another port, any free port", "serve 9000", "serve 0"],
  ["another folder", "serve 8000 public", "serve -d public"],
  ["nobody else to see it", "serve -b 127.0.0.1"],
  ["to look at it: here, on a telephone", "serve --open", "serve --qr"],
  ["HTTPS without a certificate", "serve --tls-self-signed"],
  [
    "scripts of another origin to read it",
    "serve --cors",
    "serve --cors=http://localhost:3000",
  ],
  ["to run the scripts in `cgi-bin`", "serve --cgi"],
  ["`.git`, `.env` and the like, too", "serve --dotfiles"],
  [
    "a link that saves and does not show",
    "http://localhost:8000/report.pdf?download",
  ],
  ["a free port, whatever is in use", "serve --port-fallback"],
  ["several addresses", "serve -b 127.0.0.1 -b '[::1]:8001'"],
  ["a socket for a proxy", "serve -b unix:/run/serve.sock"],
  [
    "HTTPS with a certificate of yours",
    "serve --tls-cert ~/keys/cert.pem --tls-key ~/keys/key.pem",
  ],
  ["browsers to keep built assets for a year", "serve --immutable assets"],
  [
    "another cache policy than `no-cache`",
    "serve --cache-control '/img/**=max-age=3600'",
  ],
  ["SharedArrayBuffer, threads in WebAssembly", "serve --isolate"],
  ["a field of your own", "serve -H 'X-Robots-Tag: noindex'"],
  ["PHP files to run anywhere", "serve --cgi-ext .php=php-cgi"],
  ["silence", "serve -q"],
];

/** How many of them the README shows. */
export const COMMON_EXAMPLES = 10;

/**
 * A table of jobs.
 *
 * @param examples The rows.
 * @returns Markdown.
 */
export function examplesMarkdown(examples: typeof EXAMPLES): string {
  const rows = examples.map(([purpose, ...lines]) =>
    `| ${purpose} | ${lines.map((line) => `\`${line}\``).join(", ")} |`
  );
  return ["| you want | you type |", "|---|---|", ...rows].join("\n");
}
