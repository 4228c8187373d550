/** The demo page's list of conversations, in a real browser. */
import postgres from "postgres";
import type { Page } from "playwright-core";
import { databaseUrl, twilioUrl } from "../../local/settings/addresses.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { browserPath, violationsInBothColours, withTab } from "../support/browser.ts";
import {
  act,
  asAlex as asAlexInATab,
  conversations,
  type Demo,
  inboxPanel,
  inList,
  message,
  pickUpPhone,
  signIn,
  startConversation,
  withDemo,
  writeText,
} from "../support/demo_page.ts";
import { newPhone, newSid } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

/** The demo, and its database. */
interface Inbox extends Demo {
  sql: postgres.Sql;
  /** The user id of Alex. */
  agentId: string;
}

const MINUTE_MS = 60_000;
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS);

/** A message of a conversation, and its age in minutes. */
interface Seed {
  from: "recruit" | "bot" | "agent";
  body?: string;
  age: number;
  errorCode?: string;
}

/** Begins a conversation with messages. */
async function converse(
  inbox: Inbox,
  { name, status = "escalated", isMine = false, channel, isOptedOut = false, seeds = [] }: {
    name: string;
    status?: string;
    isMine?: boolean;
    channel?: "whatsapp";
    isOptedOut?: boolean;
    seeds?: Seed[];
  },
): Promise<{ id: string; phone: string }> {
  const { sql, agentId } = inbox;
  const { id, phone } = await startConversation(inbox, { name, channel });
  for (const { from, body = "Hello?", age, errorCode } of seeds) {
    await sql`insert into recruiting_messages ${
      sql({
        conversation_id: id,
        direction: from === "recruit" ? "inbound" : "outbound",
        sender_type: from,
        agent_id: from === "agent" ? agentId : null,
        body,
        status: from === "recruit" ? "received" : errorCode ? "failed" : "delivered",
        message_sid: newSid(),
        error_code: errorCode ?? null,
        failed_at: errorCode ? minutesAgo(age) : null,
        created_at: minutesAgo(age),
      })
    }`;
  }
  await sql`update recruiting_conversations set status = ${status},
      assigned_agent_id = ${isMine ? agentId : null}, opted_out_at = ${
    isOptedOut ? new Date() : null
  },
      last_message_at = ${minutesAgo(seeds.at(-1)?.age ?? 10_000)}
    where id = ${id}`;
  return { id, phone };
}

/**
 * Deletes every conversation, so that a list is known from its first row to its last one. A step
 * begins with it, so a step that failed leaves nothing to the next one.
 */
async function clear({ sql }: Inbox): Promise<void> {
  await sql`delete from recruiting_conversations`;
}

/** Runs something in a tab in which Alex has just listed all conversations, so that it shows all rows of the database. */
async function asAlex(inbox: Inbox, use: (page: Page) => Promise<void>): Promise<void> {
  await asAlexInATab(inbox, async ({ page }) => {
    // A list that is read when it is chosen is not shown under another filter.
    await choose(page, "Closed");
    await inboxPanel(page).locator(".list").filter({ hasNotText: "Loading …" }).waitFor();
    await choose(page, "All");
    await conversations(page).waitFor();
    await use(page);
  });
}

const namesIn = (page: Page) => conversations(page).locator(".name").allInnerTexts();

const choose = (page: Page, filter: string) =>
  page.getByRole("group", { name: "Which conversations" })
    .getByRole("button", { name: filter, exact: true }).click();

const phoneTexts = (inbox: Inbox, from: string, body: string) =>
  fetch(`${twilioUrl(inbox.ports)}/phone/texts`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ from, to: "+15550100000", body }),
  }).then((response) => response.body?.cancel());

async function ordersByWaiting(inbox: Inbox) {
  await clear(inbox);
  await converse(inbox, {
    name: "Answered",
    isMine: true,
    seeds: [{ from: "recruit", age: 4 }, { from: "agent", age: 1 }],
  });
  await converse(inbox, { name: "Bot", status: "bot", seeds: [{ from: "recruit", age: 3 }] });
  await converse(inbox, { name: "Mine", isMine: true, seeds: [{ from: "recruit", age: 125 }] });
  await converse(inbox, { name: "Unassigned", seeds: [{ from: "recruit", age: 12 }] });
  const oldest = await converse(inbox, {
    name: "Oldest",
    seeds: [{ from: "recruit", age: 1445 }, { from: "recruit", age: 2 }],
  });
  await converse(inbox, {
    name: "Closed",
    status: "closed",
    seeds: [{ from: "recruit", age: 8 }],
  });
  await asAlex(inbox, async (page) => {
    assertEquals(await namesIn(page), [
      "Oldest",
      "Unassigned",
      "Mine",
      "Answered",
      "Bot",
      "Closed",
    ]);
    assertEquals(await conversations(page).locator(".group").allInnerTexts(), [
      "Unassigned: take over",
      "Waiting for you",
      "Others",
    ]);
    assertEquals(await conversations(page).locator(".wait").allInnerTexts(), [
      "waits 1 day",
      "waits 12 min",
      "waits 2 h 5 min",
    ]);

    await inList(page, "Oldest").click();
    await act(page, "Take over");
    await until(
      async () => (await namesIn(page)).join() === "Unassigned,Oldest,Mine,Answered,Bot,Closed",
      "the order",
    );
    await inboxPanel(page).getByLabel("Reply", { exact: true }).fill("Here I am.");
    await inboxPanel(page).getByLabel("Reply", { exact: true }).press("Enter");
    await until(
      async () => (await namesIn(page)).join() === "Unassigned,Mine,Oldest,Answered,Bot,Closed",
      "the order",
    );
    await phoneTexts(inbox, oldest.phone, "Thanks");
    await inList(page, "Oldest").getByText("waits under 1 min").waitFor();
    assertEquals((await namesIn(page)).slice(0, 3), ["Unassigned", "Mine", "Oldest"]);
  });
}

async function showsTimePassing(inbox: Inbox) {
  await clear(inbox);
  await converse(inbox, { name: "Waiting", seeds: [{ from: "recruit", age: 5.5 }] });
  await withTab(inbox.browser, "about:blank", async ({ page }) => {
    await page.clock.install();
    await page.goto(inbox.url);
    await signIn(page, "Alex");
    await inList(page, "Waiting").getByText("waits 5 min").waitFor();
    await page.clock.fastForward("02:00");
    await inList(page, "Waiting").getByText("waits 7 min").waitFor();
  });
}

async function filters(inbox: Inbox) {
  await clear(inbox);
  await converse(inbox, { name: "My own", isMine: true, seeds: [{ from: "recruit", age: 1 }] });
  await converse(inbox, { name: "Free", seeds: [{ from: "recruit", age: 1 }] });
  await converse(inbox, { name: "Robot", status: "bot", seeds: [{ from: "recruit", age: 1 }] });
  await converse(inbox, { name: "Done", status: "closed", isMine: true });
  await asAlex(inbox, async (page) => {
    for (
      const [filter, names] of [
        ["Mine", "My own"],
        ["Unassigned", "Free"],
        ["Bot", "Robot"],
        ["Closed", "Done"],
        ["All", "Free,My own,Robot,Done"],
      ]
    ) {
      await choose(page, filter);
      await until(async () => (await namesIn(page)).join() === names, filter);
    }
    // The open conversation stays open when it leaves the list.
    await choose(page, "Mine");
    await inList(page, "My own").click();
    await act(page, "Close");
    await page.getByText("You have no escalated conversation.").waitFor();
    await inboxPanel(page).getByRole("heading", { name: "My own" }).waitFor();
    await inboxPanel(page).getByRole("button", { name: "Reopen" }).waitFor();
  });
}

async function pages(inbox: Inbox) {
  await clear(inbox);
  await inbox
    .sql`insert into recruiting_conversations (recruit_phone, twilio_phone, recruit_name, status, last_message_at)
    select '+15550130' || lpad(n::text, 4, '0'), '+15550100000', 'Recruit ' || n, 'bot', now() - n * interval '1 minute'
    from generate_series(1, 60) n`;
  await asAlex(inbox, async (page) => {
    assertEquals((await namesIn(page)).length, 50);
    await page.getByText("There are more conversations.").waitFor();
    await page.getByRole("button", { name: "Show more" }).click();
    await until(async () => (await namesIn(page)).length === 60, "the rest");
    assertEquals((await namesIn(page)).at(-1), "Recruit 60");
    assertEquals(await page.getByText("There are more conversations.").count(), 0);
  });
}

async function countsUnread(inbox: Inbox) {
  await clear(inbox);
  const { phone } = await converse(inbox, { name: "Unread" });
  await converse(inbox, { name: "Closed one", status: "closed" });
  await asAlex(inbox, async (page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    const tab = page.getByRole("button", { name: "Inbox", exact: true });
    await tab.click();
    const state = async () => [await page.title(), await tab.innerText()];
    const title = "Recruiting SMS on Supabase";
    assertEquals(await state(), [title, "Inbox"]);
    await choose(page, "Closed");
    for (const body of ["One", "Two"]) await phoneTexts(inbox, phone, body);
    // Also while its conversation is not listed.
    await until(async () => (await page.title()) === `(1) ${title}`, "the title");
    assertMatch(await tab.innerText(), /^Inbox\s*1$/);
    const unread = await tab.getAttribute("aria-describedby");
    assertEquals(await page.locator(`#${unread}`).innerText(), "Unread conversations: 1");
    await choose(page, "All");
    await inList(page, "Unread").locator(".unread").getByText("2").waitFor();

    await inList(page, "Unread").click();
    await until(async () => (await page.title()) === title, "the title");
    // What comes while another panel is shown has not been read.
    await page.getByRole("button", { name: "Phone", exact: true }).click();
    await phoneTexts(inbox, phone, "Three");
    await until(async () => (await page.title()) === `(1) ${title}`, "the title");
    await tab.click();
    await until(async () => (await page.title()) === title, "the title");
    await page.getByRole("button", { name: "Sign out" }).click();
    assertEquals(await state(), [title, "Inbox"]);
    await signIn(page, "Alex");
  });
}

async function sendsAgain(inbox: Inbox) {
  await clear(inbox);
  const { id } = await converse(inbox, {
    name: "Failed",
    isMine: true,
    seeds: [{ from: "recruit", age: 9 }, {
      from: "agent",
      age: 8,
      body: "Are you there?",
      errorCode: "30003",
    }],
  });
  await asAlex(inbox, async (page) => {
    const failed = inList(page, "Failed").getByText("Not delivered: Are you there?");
    const colourOf = (name: string) =>
      page.evaluate(`{
        const probe = document.createElement("i");
        probe.style.color = "var(${name})";
        document.body.append(probe);
        getComputedStyle(probe).color;
      }`);
    assertEquals(
      await failed.evaluate((element) =>
        element.ownerDocument.defaultView?.getComputedStyle(element).color
      ),
      await colourOf("--bad"),
    );
    await inList(page, "Failed").click();
    await message(inboxPanel(page), "Are you there?").getByRole("button", { name: "Send again" })
      .waitFor();
    await conversations(page).getByRole("button", { name: "Send again" }).dblclick();
    // By its capital: the failed one says "Not delivered".
    await message(inboxPanel(page), "Are you there?").last().getByText(/Delivered/).waitFor();
    await failed.waitFor({ state: "detached" });
    const isFocused = await inList(page, "Failed")
      .evaluate((element) => element === element.ownerDocument.activeElement);
    assert(isFocused, "the focus stays in the list");
    assertEquals(await page.getByRole("button", { name: "Send again" }).count(), 0);
    const rows = await inbox.sql`select body, sender_type, status from recruiting_messages
      where conversation_id = ${id} and direction = 'outbound' order by seq`;
    assertEquals(
      rows.map((row) => ({ ...row })),
      ["failed", "delivered"].map((status) => ({
        body: "Are you there?",
        sender_type: "agent",
        status,
      })),
    );
    const log = page.getByRole("region", { name: "Webhooks" }).first();
    await log.getByRole("cell", { name: "delivery state stored: delivered" }).first().waitFor();
  });
}

async function offersWhatWorks(inbox: Inbox) {
  await clear(inbox);
  const seeds: Seed[] = [
    { from: "recruit", age: 2000 },
    { from: "agent", age: 1, errorCode: "30003" },
  ];
  await converse(inbox, { name: "Sendable", isMine: true, seeds });
  await converse(inbox, { name: "Opted-out", isMine: true, isOptedOut: true, seeds });
  await converse(inbox, { name: "Window", isMine: true, channel: "whatsapp", seeds });
  await converse(inbox, { name: "Done", isMine: true, status: "closed", seeds });
  await asAlex(inbox, async (page) => {
    const again = page.getByRole("button", { name: "Send again" });
    assertEquals(await conversations(page).locator(".failed").count(), 4);
    // One in the list, and one in the open conversation.
    assertEquals(await again.count(), 1);
    for (
      const [name, buttons, offers] of [
        ["Sendable", ["Release", "Hand back to the bot", "Close"], 2],
        ["Opted-out", ["Release", "Close"], 1],
        ["Window", ["Release", "Hand back to the bot", "Close"], 1],
        ["Done", ["Reopen"], 1],
      ] as const
    ) {
      await inList(page, name).click();
      await message(inboxPanel(page), "Not delivered").waitFor();
      const actions = inboxPanel(page).getByRole("group", {
        name: "What to do with the conversation",
      });
      assertEquals(await actions.getByRole("button").allInnerTexts(), [...buttons], name);
      assertEquals(await again.count(), offers, name);
    }
  });
}

/** Widths and heights of a phone, a tablet, a laptop and a desk, in CSS pixels. */
const SCREENS = [[390, 844], [820, 1180], [1280, 800], [1920, 1080]];

async function fitsEveryWidth(inbox: Inbox) {
  await clear(inbox);
  const name = "Maximiliana Featherstonehaugh-Wolfeschlegelsteinhausen";
  const seeds: Seed[] = [
    { from: "recruit", age: 90, body: "https://example.com/".padEnd(120, "x") },
    { from: "bot", age: 80, errorCode: "30003", body: "A long answer. ".repeat(20) },
  ];
  await converse(inbox, { name, seeds });
  await converse(inbox, { name: "Waiting", seeds: seeds.slice(0, 1) });
  await converse(inbox, { name: "Opted-out", isOptedOut: true, isMine: true, seeds });
  await converse(inbox, { name: "Robot", status: "bot" });
  await converse(inbox, { name: "Done", status: "closed" });
  await asAlex(inbox, async (page) => {
    // A wide screen shows the panels side by side, and has no tabs.
    const goTo = async (panel: string): Promise<boolean> => {
      const tab = page.getByRole("button", { name: panel, exact: true });
      const isVisible = await tab.isVisible();
      if (isVisible) await tab.click();
      return isVisible;
    };
    // The longest answer of the log.
    await pickUpPhone(page, newPhone());
    await writeText(page, "Do you know me?");
    await page.getByRole("cell", { name: "200 no_conversation" }).first().waitFor();
    let isOpen = false;
    for (const [width, height] of SCREENS) {
      await page.setViewportSize({ width, height });
      const fits = async (what: string) => {
        const text = `${what} at ${width} px`;
        assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width, text);
        assertEquals(await violationsInBothColours(page), { light: [], dark: [] }, text);
      };
      await goTo("Inbox");
      await conversations(page).waitFor();
      if (!isOpen) await fits("the list");
      await inList(page, name).click();
      await message(inboxPanel(page), "Not delivered").waitFor();
      await fits("the open conversation");
      const back = page.getByRole("button", { name: "← All conversations" });
      // A wide screen shows the list beside the open conversation.
      isOpen = !await back.isVisible();
      if (!isOpen) await back.click();
      if (await goTo("Webhooks")) await fits("the log");
      const lines = page.locator(".lines");
      assertEquals(
        await lines.evaluate((element) => element.scrollWidth <= element.clientWidth),
        true,
        `the log is cut off at ${width} px`,
      );
      assert(
        await lines.getByRole("columnheader", { name: "Time" }).isVisible(),
        "the log has no column Time",
      );
      assertMatch(await lines.locator(".time").first().innerText(), /^\d+:\d\d:\d\d/);
    }
  });
}

/** Each sentence, and what shows that it is so. */
const SENTENCES: [string, (inbox: Inbox) => Promise<void>][] = [
  ["the longest wait is on top, and an answer ends it", ordersByWaiting],
  ["a waiting time grows while the page is open", showsTimePassing],
  ["a filter lists its conversations, and leaves the open one open", filters],
  ["a long list says that there are more", pages],
  ["the title and the tab have the number of unread conversations", countsUnread],
  ["a failed message is red, and is sent again once by two clicks", sendsAgain],
  ["a button that cannot work is not offered", offersWhatWorks],
  ["it fits every width, and is accessible there in light and in dark colours", fitsEveryWidth],
];

const browser = browserPath();

Deno.test({
  name: browser
    ? "the demo page's list of conversations, in a real browser"
    : "the demo page's list is not tested: there is no Chromium on this machine (CHROMIUM_PATH names one)",
  ignore: !browser,
  fn: (t) =>
    withDemo(browser!, async (demo) => {
      const sql = postgres(databaseUrl(demo.ports), { onnotice: () => {} });
      try {
        const [{ user_id: agentId }] = await sql`select user_id from recruiting_agents
          where display_name = 'Alex Agent'`;
        const inbox = { ...demo, sql, agentId };
        for (const [sentence, show] of SENTENCES) await t.step(sentence, () => show(inbox));
      } finally {
        await sql.end({ timeout: 5 });
      }
    }),
});
