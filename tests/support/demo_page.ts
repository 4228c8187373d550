/**
 * The demo page in a real browser, on a stack that the test files of one process share.
 *
 * @module
 */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Browser, Locator, Page } from "playwright-core";
import { type Demo as Server, startDemo } from "../../examples/inbox/demo.ts";
import { type PhoneChannel, SENDERS } from "../../examples/inbox/settings.ts";
import { seed } from "../../local/postgres/migrations.ts";
import { apiUrl, databaseUrl, demoUrl, type Ports } from "../../local/settings/addresses.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { withTemporaryStack } from "../../local/stack/temporary_stack.ts";
import type { Database } from "../../supabase/functions/_shared/database/database.types.ts";
import { LAPTOP, type OpenTab, openTab, withBrowser } from "./browser.ts";
import { type Keepable, withKept } from "./kept.ts";
import { withOwnSql } from "./stack.ts";
import { newPhone } from "./twilio.ts";

/** A stack whose bot answers soon, and a browser. */
export interface Demo {
  browser: Browser;
  ports: Ports;
  url: string;
  /** The platform's server. */
  platform: SupabaseClient<Database>;
  /** Tabs in which Alex has signed in, for the next test. */
  tabsOfAlex: OpenTab[];
}

/**
 * Runs something with a stack, the page and a browser. The next test file of the process gets the same ones, with the
 * conversations and contacts of seed.sql alone.
 *
 * @param path The browser's file.
 */
export async function withDemo(path: string, use: (demo: Demo) => Promise<void>) {
  await withKept(`demo ${path}`, () => startKept(path), async ({ started }) => {
    const demo = await started;
    await withOwnSql(databaseUrl(demo.ports), async (sql) => {
      await sql`delete from recruiting_conversations`;
      await sql`delete from recruiting_contacts`;
    });
    await seed(databaseUrl(demo.ports));
    await use(demo);
  });
}

/** Starts a demo that runs until it is stopped. */
function startKept(path: string): Keepable & { started: Promise<Demo> } {
  const { promise: started, resolve, reject } = Promise.withResolvers<Demo>();
  const stopping = Promise.withResolvers<void>();
  const ended = runDemo(path, async (demo) => {
    resolve(demo);
    await stopping.promise;
  });
  ended.catch(reject);
  return {
    started,
    reset: () => true,
    async stop() {
      stopping.resolve();
      await ended;
    },
  };
}

async function runDemo(path: string, use: (demo: Demo) => Promise<void>) {
  let server: Server | undefined;
  await withTemporaryStack(
    async ({ ports, settings }) => {
      server = startDemo({ ports, settings, watch: false });
      try {
        await withBrowser(path, (browser) =>
          use({
            browser,
            ports,
            url: demoUrl(ports),
            platform: createClient<Database>(apiUrl(ports), SECRET_KEY, {
              auth: { persistSession: false, autoRefreshToken: false },
            }),
            tabsOfAlex: [],
          }));
      } finally {
        await server.stop();
      }
    },
    (line) => server?.addLogLine(line),
    { TURN_WAIT_SECONDS: "0.5" },
  );
}

/** Begins a conversation with a recruit whom no other test knows. */
export async function startConversation(
  { platform }: Demo,
  {
    phone = newPhone(),
    status = "bot",
    channel = "sms" as PhoneChannel,
    name = `Recruit ${phone.slice(-8)}`,
  } = {},
): Promise<{ id: string; phone: string; name: string }> {
  const { data: id, error } = await platform.rpc("recruiting_start_conversation", {
    channel,
    recruit_phone: phone,
    twilio_phone: SENDERS[channel].replace("whatsapp:", ""),
    recruit_name: name,
    status,
  });
  if (error) throw new Error(error.message);
  return { id, phone, name };
}

/** The panel with the recruit's phone. By its class: to look for a role, the browser works out the role of each element. */
export const phonePanel = (page: Page) => page.locator(".panel.phone");

/** The messages on the phone. */
export const threadOnPhone = (page: Page) => phonePanel(page).getByRole("log");

/** The panel with the agents' inbox. */
export const inboxPanel = (page: Page) => page.locator(".panel.inbox");

/** The list of conversations. */
export const conversations = (page: Page) =>
  inboxPanel(page).getByRole("list", { name: "Conversations" });

/** The message with a text; the list of conversations may show its beginning, too. */
export function message(panel: Locator, text: string | RegExp): Locator {
  return panel.getByRole("article").filter({ hasText: text });
}

/** Chooses a phone by its number. */
export async function pickUpPhone(page: Page, phone: string) {
  await phonePanel(page).getByLabel("Whose phone").selectOption({ label: "Another number …" });
  await phonePanel(page).getByLabel("The recruit’s number").fill(phone);
}

/** Picks up a phone on WhatsApp, with a conversation that waits for an agent, and returns its number. */
export async function pickUpOnWhatsApp(demo: Demo, page: Page, name?: string): Promise<string> {
  const { phone } = await startConversation(demo, {
    status: "escalated",
    channel: "whatsapp",
    name,
  });
  await pickUpPhone(page, phone);
  await phonePanel(page).getByRole("button", { name: "WhatsApp", exact: true }).click();
  return phone;
}

async function write(panel: Locator, label: string, text: string) {
  await panel.getByLabel(label, { exact: true }).fill(text);
  await panel.getByLabel(label, { exact: true }).press("Enter");
}

/** Sends a text from the phone. */
export const writeText = (page: Page, text: string) =>
  write(phonePanel(page), "Text message", text);

/** Sends a reply from the inbox. */
export const writeReply = (page: Page, text: string) => write(inboxPanel(page), "Reply", text);

/** Signs an agent in. */
export async function signIn(page: Page, agent: "Alex" | "Robin") {
  await page.getByRole("button", { name: `Sign in as ${agent}` }).click();
  await page.getByRole("heading", { name: `${agent} Agent’s inbox` }).waitFor();
}

/**
 * Runs something in a tab in which Alex has signed in. The next test gets the same tab, unless this one fails: to load
 * the page, sign in and read the inbox takes as much CPU as the rest of a test. Another conversation may be open.
 *
 * @throws {AssertionError} If the page has reported an error by the end.
 */
export async function asAlex(demo: Demo, use: (tab: OpenTab) => Promise<void>) {
  const tab = demo.tabsOfAlex.pop() ?? await openAsAlex(demo);
  try {
    await use(tab);
    await tidy(tab.page);
    tab.assertNoErrors();
    demo.tabsOfAlex.push(tab);
  } catch (error) {
    await tab.close();
    throw error;
  }
}

async function openAsAlex({ browser, url }: Demo): Promise<OpenTab> {
  const tab = await openTab(browser, url);
  await signIn(tab.page, "Alex");
  return tab;
}

/** Brings back what a new tab has: every request goes through, and the first recruit's phone is in hand. */
async function tidy(page: Page) {
  await page.unrouteAll({ behavior: "wait" });
  await page.setViewportSize(LAPTOP);
  await page.emulateMedia({ colorScheme: "light" });
  await phonePanel(page).getByLabel("Whose phone").selectOption({ index: 0 });
}

/** A conversation in the list. */
export const inList = (page: Page, name: string) =>
  conversations(page).getByRole("button").filter({ hasText: name });

/** Presses a button of the inbox. */
export async function act(page: Page, action: string) {
  await inboxPanel(page).getByRole("button", { name: action, exact: true }).click();
}
