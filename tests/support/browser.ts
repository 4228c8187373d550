/**
 * A real browser for the demo page.
 *
 * @module
 */
import axe from "axe-core";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { assertEquals } from "./assert.ts";

/**
 * Where Debian, macOS and Windows keep Chromium or Chrome; CHROMIUM_PATH names another place. The shell has
 * no windows, and takes 40 % less CPU for the same page.
 */
const PLACES = [
  Deno.env.get("CHROMIUM_PATH"),
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** It talks to this machine alone, and needs no rights of the user's. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser's file; nothing on a machine without one. */
export function browserPath(): string | undefined {
  return PLACES.find((path) => {
    try {
      return path && Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** A browser's tab. */
export interface Tab {
  page: Page;
  /** Opens the address in another tab of the same browser. */
  openAnother(): Promise<Page>;
  /** From now on the browser may report requests that have failed. */
  expectFailedRequests(): void;
}

/** A tab that can lose its connections. */
export interface CuttableTab extends Tab {
  /** Every connection ends, and no new one comes about. */
  loseConnection(): Promise<void>;
  regainConnection(): Promise<void>;
}

/** A tab that is open until it is closed. */
export interface OpenTab extends Tab {
  /** @throws {AssertionError} If the page has reported an error since the last call. */
  assertNoErrors(): void;
  close(): Promise<void>;
}

/** Runs something with a browser. */
export async function withBrowser(path: string, use: (browser: Browser) => Promise<void>) {
  const browser = await chromium.launch({ executablePath: path, args: ARGUMENTS });
  try {
    await use(browser);
  } finally {
    await browser.close();
  }
}

/** The window of a laptop, in CSS pixels. */
export const LAPTOP = { width: 1280, height: 800 };

async function newContext(browser: Browser, options: BrowserContextOptions) {
  return await browser.newContext({
    viewport: LAPTOP,
    locale: "en-US",
    reducedMotion: "reduce",
    ...options,
  });
}

/** Opens an address in a tab that shares nothing with others. */
export async function openTab(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenTab> {
  return await openIn(await newContext(browser, options), url);
}

async function openIn(context: BrowserContext, url: string): Promise<OpenTab> {
  let errors: string[] = [];
  let isFailureExpected = false;
  const open = async () => {
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (line) => {
      const isFailure = line.text().startsWith("Failed to load resource");
      if (line.type() === "error" && !(isFailure && isFailureExpected)) {
        errors.push(`${line.text()} ${line.location().url}`);
      }
    });
    await page.goto(url);
    return page;
  };
  return {
    page: await open(),
    openAnother: open,
    expectFailedRequests: () => void (isFailureExpected = true),
    assertNoErrors() {
      const reported = errors;
      errors = [];
      isFailureExpected = false;
      assertEquals(reported, []);
    },
    close: () => context.close(),
  };
}

/**
 * Runs something in a tab that shares nothing with others.
 *
 * @throws {AssertionError} If the page has reported an error by the end.
 */
export async function withTab(
  browser: Browser,
  url: string,
  use: (tab: Tab) => Promise<void>,
  options: BrowserContextOptions = {},
) {
  const tab = await openTab(browser, url, options);
  try {
    await use(tab);
  } finally {
    await tab.close();
  }
  tab.assertNoErrors();
}

/** Runs something as `withTab` does, in a tab that can lose its connections. */
export async function withCuttableTab(
  browser: Browser,
  url: string,
  use: (tab: CuttableTab) => Promise<void>,
) {
  const context = await newContext(browser, {});
  const sockets = new Set<{ close(options: { code: number }): Promise<void> }>();
  let isLost = false;
  // Chromium does not end sockets that are open when it goes offline.
  await context.routeWebSocket("**", async (socket) => {
    if (isLost) return await socket.close({ code: 4000 });
    socket.connectToServer();
    sockets.add(socket);
  });
  const tab = await openIn(context, url);
  try {
    await use({
      ...tab,
      async loseConnection() {
        isLost = true;
        tab.expectFailedRequests();
        await context.setOffline(true);
        await Promise.all([...sockets].map((socket) => socket.close({ code: 4000 })));
        sockets.clear();
      },
      async regainConnection() {
        isLost = false;
        await context.setOffline(false);
      },
    });
  } finally {
    await tab.close();
  }
  tab.assertNoErrors();
}

/** What axe-core finds on a page, at the levels that keep people from using it. */
export function accessibilityViolations(page: Page): Promise<string[]> {
  return violationsOf(page, RULES_OF_LEVELS);
}

/** The rules of these levels that are on by default: a rule has one level. The other rules take a quarter of the time. */
const RULES_OF_LEVELS = `axe._audit.rules
  .filter(({ enabled, impact }) => enabled && ["serious", "critical"].includes(impact))
  .map(({ id }) => id)`;

/** The rules about colours that are on by default. */
const RULES_OF_COLOURS = `["color-contrast", "link-in-text-block"]`;

/**
 * What `accessibilityViolations` finds in light colours, and what it finds about the colours in the dark: they alone
 * differ there.
 */
export async function violationsInBothColours(
  page: Page,
): Promise<{ light: string[]; dark: string[] }> {
  const light = await accessibilityViolations(page);
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await violationsOf(page, RULES_OF_COLOURS);
  await page.emulateMedia({ colorScheme: "light" });
  return { light, dark };
}

/** Lines of the log that look like those above them. */
const MORE_OF_THE_SAME = ".lines tr.info:nth-child(n + 6)";

/** @param rules An expression for the ids of the rules. */
async function violationsOf(page: Page, rules: string): Promise<string[]> {
  if (!await page.evaluate("'axe' in window")) await page.evaluate(axe.source);
  const { violations }: axe.AxeResults = await page.evaluate(
    `axe.run({ exclude: "${MORE_OF_THE_SAME}" }, {
      resultTypes: ["violations"],
      runOnly: { type: "rule", values: ${rules} },
    })`,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(", ")}`);
}
