/**
 * What the figures should show: the table of the issue, a row for each way to run.
 *
 * @module
 */

import type { Figure } from "./results.ts";

/** How the program runs. */
export type Form = "deno" | "bun" | "executable";

/** What is asked of the ratio, or of the figure itself. */
export type Bound =
  /** So many times better than they are. */
  | { readonly kind: "at-least"; readonly times: number }
  /** So many times what they take. */
  | { readonly kind: "at-most"; readonly times: number }
  /** So much, whatever others take. */
  | { readonly kind: "limit"; readonly most: number; readonly unit: string };

/** A row. */
export interface Target {
  /** What is done, in words. */
  readonly work: string;
  /** Beside whom, in words. */
  readonly against: string;
  readonly form: Form;
  /** Of several figures the worst counts. */
  readonly figures: readonly Figure[];
  /** Their figure, where it is another one than ours. */
  readonly their?: Figure;
  /** The subject that ours is compared with; nobody where the bound is a limit. */
  readonly rival?: string;
  readonly bound: Bound;
}

/** Whom a form is compared with. */
interface Rival {
  readonly title: string;
  readonly subject?: (form: Form) => string;
  readonly figure?: Figure;
}

type Asked = Readonly<Partial<Record<Form, Bound>>>;

const requests = (...works: string[]): Figure[] =>
  works.map((work) => ({ work, unit: "requests/s" }));
const bytes = (work: string): Figure[] => [{ work, unit: "MiB/s" }];
const time = (...works: string[]): Figure[] =>
  works.map((work) => ({ work, unit: "ms" }));
const memory = (unit: string): Figure[] => [{ work: "memory", unit }];
const processor = (work: string): Figure[] => [
  { work, unit: "processor ms/GiB" },
];
const list = (unit: string): Figure[] => [{ work: "list-100000", unit }];

const atLeast = (times: number): Bound => ({ kind: "at-least", times });
const atMost = (times: number): Bound => ({ kind: "at-most", times });
const limit = (most: number, unit: string): Bound => {
  return { kind: "limit", most, unit };
};
const both = (bound: Bound): Asked => ({ deno: bound, bun: bound });
const all = (bound: Bound): Asked => ({ ...both(bound), executable: bound });

const peer = (title: string, subject: string): Rival => {
  return { title, subject: () => subject };
};
/** Another figure of the same server. */
const itself = (title: string, figure: Figure): Rival => {
  return { title, subject: (form) => `serve-${form}`, figure };
};

const BEFORE: Rival = {
  title: "the baseline",
  subject: (form) => `baseline-${form}`,
};
const HELLO: Rival = {
  title: "the runtime's hello world",
  subject: (form) => `constant-${form}`,
};
const CONSTANT: Rival = { ...HELLO, title: "constant answer" };
const SAME_FIELDS: Rival = {
  title: "constant answer with the same fields",
  subject: (form) => `constant-fields-${form}`,
};
const NGINX = peer("nginx", "nginx");
const LIGHTTPD = peer("lighttpd mod_cgi", "lighttpd");
const PYTHON = peer("python3 -m http.server", "python");
const PYTHON_CGI = peer("python3 -m http.server --cgi", "python");
const SIRV = peer("sirv-cli", "sirv");
const NOBODY: Rival = { title: "" };

const byHttp = (work: string): Rival =>
  itself("the same by HTTP", { work, unit: "by HTTP: ms" });

/** All rows: those of issue 20 in its order, then older ones that still say something. */
export const TARGETS: readonly Target[] = [
  rows("10,000 files of 4 KiB, each once", BEFORE, requests("cold"), {
    deno: atLeast(3),
    bun: atLeast(2.5),
  }),
  rows("10,000 files of 4 KiB, at random", NGINX, requests("random"), {
    deno: atLeast(0.35),
    bun: atLeast(0.6),
  }),
  rows("1,000 modules, Chromium", NGINX, time("modules"), both(atMost(1.2))),
  rows("1,000 modules, Chromium, HTTP/2", NGINX, time("modules-h2"), {
    deno: atMost(1.2),
  }),
  rows("CGI hello, not as root", LIGHTTPD, requests("cgi"), {
    deno: atLeast(0.35),
    bun: atLeast(0.75),
  }),
  rows("CGI hello, not as root", PYTHON_CGI, requests("cgi"), {
    deno: atLeast(2),
  }),
  rows("CGI hello, not as root", BEFORE, requests("cgi"), { deno: atLeast(3) }),
  rows("CGI hello, as root", BEFORE, requests("cgi-nobody"), {
    deno: atLeast(1.5),
  }),
  rows("start to first answer", HELLO, time("start"), {
    deno: atMost(2),
    bun: atMost(3),
    executable: atMost(1.5),
  }),
  rows("memory, idle", HELLO, memory("idle, MiB"), all(atMost(1.3))),
  rows("1 KiB by HTTPS, one client", byHttp("https-1k"), time("https-1k"), {
    deno: atMost(3),
  }),
  rows("20 KB by HTTPS, one client", byHttp("https-20k"), time("https-20k"), {
    deno: atMost(3),
  }),
  rows("1 KiB, hot", SAME_FIELDS, requests("hot"), both(atLeast(0.85))),
  rows(
    "1 KiB, hot, log in a file",
    itself("the same without a log", {
      work: "hot-log",
      unit: "without a log: requests/s",
    }),
    requests("hot-log"),
    both(atLeast(0.9)),
  ),
  rows("1 MiB", BEFORE, bytes("1m"), { deno: atLeast(1.25) }),
  rows("1 MiB: processor", BEFORE, processor("1m"), { deno: atMost(0.7) }),
  rows("100 MiB", BEFORE, bytes("100m"), { deno: atLeast(1.25) }),
  rows("100 MiB: processor", BEFORE, processor("100m"), { deno: atMost(0.7) }),
  rows("listing of 1,000", NGINX, requests("list-1000"), both(atLeast(1))),
  rows(
    "texts of 100 KiB coded br, each once",
    BEFORE,
    requests("cold-text"),
    both(atLeast(2)),
  ),
  rows("404, HEAD", SIRV, requests("not-found", "head"), both(atLeast(1.2))),

  rows("304", CONSTANT, requests("not-modified"), both(atLeast(0.8))),
  rows(
    "1 MiB out of 100 MiB",
    itself("all of it", { work: "100m", unit: "MiB/s" }),
    bytes("range"),
    both(atLeast(0.9)),
  ),
  rows(
    "listing of 100,000, whole page",
    PYTHON,
    list("whole page, ms"),
    both(atLeast(1.5)),
  ),
  rows(
    "listing of 100,000, first byte",
    NOBODY,
    list("first byte, ms"),
    both(limit(50, "ms")),
  ),
  rows(
    "memory, 200 slow readers of 100 MiB",
    NOBODY,
    memory("slow readers, most more MiB"),
    both(limit(64, "MiB more")),
  ),
  rows(
    "the same, second half of the time",
    { title: "first half" },
    memory("slow readers, growth in the second half, MiB"),
    both(limit(8, "MiB more")),
  ),
].flat();

function rows(
  work: string,
  { title, subject, figure }: Rival,
  figures: readonly Figure[],
  asked: Asked,
): readonly Target[] {
  return Object.entries(asked).map(([name, bound]) => {
    const form = name as Form;
    return {
      work,
      against: title,
      form,
      figures,
      ...figure === undefined ? {} : { their: figure },
      ...subject === undefined ? {} : { rival: subject(form) },
      bound,
    };
  });
}
