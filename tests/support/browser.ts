/** Chromium, which playwright-core drives: Debian's program, and nothing that the package would download. */

import { loadPackage } from "../../scripts/packages.ts";
import { PROJECT } from "./build.ts";
import { PATIENCE_MS, until } from "./wait.ts";

/** What tests use of `Browser` in playwright-core. */
export interface Browser extends Profile, AsyncDisposable {
  readonly newContext: (options?: PageOptions) => Promise<Profile>;
}

/** A profile, whose pages remember the same. */
export interface Profile {
  readonly newPage: (options?: PageOptions) => Promise<Page>;
}

/** What a page is shown on, and to whom. */
export interface PageOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly deviceScaleFactor?: number;
  readonly hasTouch?: boolean;
  readonly isMobile?: boolean;
  readonly javaScriptEnabled?: boolean;
  readonly locale?: string;
  readonly timezoneId?: string;
  readonly colorScheme?: "light" | "dark";
  readonly reducedMotion?: "reduce" | "no-preference";
  readonly forcedColors?: "active" | "none";
}

/** What tests use of `Page` in playwright-core; `url` can be a pattern, too. */
export interface Page extends AsyncDisposable {
  readonly context: () => {
    readonly newCDPSession: (page: Page) => Promise<Session>;
  };
  readonly setDefaultTimeout: (milliseconds: number) => void;
  readonly goto: (url: string) => Promise<HttpResponse | null>;
  readonly url: () => string;
  readonly title: () => Promise<string>;
  readonly goBack: () => Promise<unknown>;
  readonly reload: () => Promise<unknown>;
  readonly close: () => Promise<void>;
  readonly waitForURL: (url: string | RegExp) => Promise<void>;
  readonly waitForEvent: (event: string) => Promise<unknown>;
  readonly waitForLoadState: (state: "load" | "networkidle") => Promise<void>;
  /** The value of an expression in the page; a promise is awaited. */
  readonly evaluate: <T>(expression: string) => Promise<T>;
  readonly locator: (selector: string) => Locator;
  readonly click: (selector: string) => Promise<void>;
  readonly keyboard: {
    readonly press: (key: string) => Promise<void>;
    readonly type: (text: string) => Promise<void>;
  };
  readonly setViewportSize: (
    size: { width: number; height: number },
  ) => Promise<void>;
  readonly emulateMedia: (
    media: {
      media?: "screen" | "print";
      colorScheme?: "light" | "dark";
      forcedColors?: "active" | "none";
      reducedMotion?: "reduce" | "no-preference";
    },
  ) => Promise<void>;
  readonly screenshot: (
    options?: {
      path?: string;
      type?: "png" | "webp";
      quality?: number;
      fullPage?: boolean;
    },
  ) => Promise<Uint8Array>;
  readonly on: <Name extends keyof PageEvents>(
    event: Name,
    listener: (value: PageEvents[Name]) => void,
  ) => void;
}

/** What tests use of `CDPSession` in playwright-core: the protocol of Chromium itself. */
export interface Session {
  readonly send: (
    method: string,
    parameters?: Record<string, unknown>,
  ) => Promise<unknown>;
  readonly detach: () => Promise<void>;
}

/** What a page tells. */
export interface PageEvents {
  readonly console: {
    readonly type: () => string;
    readonly text: () => string;
    readonly location: () => { readonly url: string };
  };
  readonly dialog: {
    readonly message: () => string;
    readonly dismiss: () => Promise<void>;
  };
  readonly pageerror: Error;
  readonly response: HttpResponse;
  readonly request: {
    readonly url: () => string;
    readonly method: () => string;
    readonly headers: () => Readonly<Record<string, string>>;
  };
}

/** What tests use of `Response` in playwright-core. */
export interface HttpResponse {
  readonly url: () => string;
  readonly status: () => number;
  readonly text: () => Promise<string>;
}

/** What tests use of `Locator` in playwright-core: elements, looked for when something is done to them. */
export interface Locator {
  readonly first: () => Locator;
  readonly nth: (index: number) => Locator;
  readonly count: () => Promise<number>;
  readonly click: () => Promise<void>;
  readonly fill: (text: string) => Promise<void>;
  readonly press: (key: string) => Promise<void>;
  readonly check: () => Promise<void>;
  readonly waitFor: (
    options?: { state?: "visible" | "hidden" | "attached" },
  ) => Promise<void>;
  readonly isVisible: () => Promise<boolean>;
  readonly textContent: () => Promise<string | null>;
  readonly allTextContents: () => Promise<string[]>;
  readonly getAttribute: (name: string) => Promise<string | null>;
  /** Chooses files, or a folder, in an input. */
  readonly setInputFiles: (
    paths: string | readonly string[],
  ) => Promise<void>;
}

/** Where pictures of pages are kept. */
export const PICTURES = `${PROJECT}dist/screenshots/`;

interface Playwright {
  readonly chromium: {
    readonly launch: (
      options: {
        executablePath: string;
        args: readonly string[];
        ignoreDefaultArgs: readonly string[];
        timeout: number;
      },
    ) => Promise<Browser>;
  };
}

/** The program, where Debian puts it; `undefined` where it is not at hand. */
export const CHROMIUM: string | undefined = findProgram("chromium");

/** The path of a program, or `undefined`. */
export function findProgram(name: string): string | undefined {
  for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      const path = `${directory}/${name}`;
      if (Deno.statSync(path).isFile) return path;
    } catch {
      // not there
    }
  }
  return undefined;
}

let playwright: Promise<unknown> | undefined;

/**
 * Starts a browser with an empty profile. `keepsPages`: pages that are left are kept for the way back, as
 * browsers do and playwright does not.
 */
export async function openBrowser(
  { keepsPages = false }: { readonly keepsPages?: boolean } = {},
): Promise<Browser> {
  playwright ??= loadPackage("playwright-core");
  const { chromium } = await playwright as Playwright;
  const browser = await chromium.launch({
    timeout: PATIENCE_MS,
    executablePath: CHROMIUM ?? "chromium",
    // Its sandbox refuses root.
    args: ["--no-sandbox"],
    ignoreDefaultArgs: keepsPages ? ["--disable-back-forward-cache"] : [],
  });
  return {
    ...patient(browser),
    newContext: async (options) => patient(await browser.newContext(options)),
    [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose](),
  };
}

/** Its pages are waited for as long as all else: playwright gives up after 30 s. */
function patient(profile: Profile): Profile {
  return {
    newPage: async (options) => {
      const page = await profile.newPage(options);
      page.setDefaultTimeout(PATIENCE_MS);
      return page;
    },
  };
}

/** Waits until an expression holds in a page; playwright's own way would need `unsafe-eval` of its policy. */
export async function holds(page: Page, expression: string): Promise<void> {
  // Between two pages there is none to evaluate in.
  const test = () =>
    page.evaluate<boolean>(`Boolean(${expression})`).catch(() => false);
  await until(test, expression);
}

/** Drops files and folders on the middle of a page, as people do. */
export async function drop(
  page: Page,
  files: readonly string[],
): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    const event = { type, x: 300, y: 300, data };
    await session.send("Input.dispatchDragEvent", event);
  }
  await session.detach();
}

/** Keeps a picture of a page in `dist/screenshots/`, for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${PICTURES}${name}.png` });
}

/** What a page has done, as it goes on. */
export interface Recording {
  /** Dialogs, exceptions, and what a console tells of: refused by the policy, not found. */
  readonly faults: readonly string[];
  /** The URLs that were asked for. */
  readonly requests: readonly string[];
}

/** Looks at all that a page does. */
export function watch(page: Page): Recording {
  const faults: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "log") return;
    const { url } = message.location();
    faults.push(`${message.type()}: ${message.text()} (${url})`);
  });
  page.on("pageerror", ({ message }) => faults.push(`exception: ${message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => requests.push(request.url()));
  return { faults, requests };
}

/** Clicks on what a selector finds, and waits for the next page. */
export async function follow(page: Page, selector: string): Promise<void> {
  const loaded = page.waitForEvent("load");
  await page.click(selector);
  await loaded;
}
