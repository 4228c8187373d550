/**
 * A real browser for the demo page.
 *
 * @module
 */
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
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
  /** Every connection ends, and no new one comes about. */
  loseConnection(): Promise<void>;
  regainConnection(): Promise<void>;
  /** From now on the browser may report requests that have failed. */
  expectFailedRequests(): void;
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

/**
 * Opens an address in a tab that shares nothing with others.
 *
 * @throws {AssertionError} If the page has reported an error by the end.
 */
export async function withTab(
  browser: Browser,
  url: string,
  use: (tab: Tab) => Promise<void>,
  options: BrowserContextOptions = {},
) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    reducedMotion: "reduce",
    ...options,
  });
  const errors: string[] = [];
  const isExpected = { failure: false };
  const sockets = new Set<{ close(options: { code: number }): Promise<void> }>();
  let isLost = false;
  // Chromium does not end sockets that are open when it goes offline.
  await context.routeWebSocket("**", async (socket) => {
    if (isLost) return await socket.close({ code: 4000 });
    socket.connectToServer();
    sockets.add(socket);
  });
  const open = async () => {
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (line) => {
      const isFailure = line.text().startsWith("Failed to load resource");
      if (line.type() === "error" && !(isFailure && isExpected.failure)) {
        errors.push(`${line.text()} ${line.location().url}`);
      }
    });
    await page.goto(url);
    return page;
  };
  try {
    await use({
      page: await open(),
      openAnother: open,
      expectFailedRequests: () => void (isExpected.failure = true),
      async loseConnection() {
        isLost = true;
        isExpected.failure = true;
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
    await context.close();
  }
  assertEquals(errors, []);
}

/** What axe-core finds on a page, at the levels that keep people from using it. */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  if (!await page.evaluate("'axe' in window")) await page.evaluate(axe.source);
  const { violations }: axe.AxeResults = await page.evaluate(
    "axe.run({ resultTypes: ['violations'] })",
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(", ")}`);
}
