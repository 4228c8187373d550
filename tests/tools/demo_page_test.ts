import type { Locator, Page } from "playwright-core";
import { RECRUITS, SENDERS } from "../../examples/inbox/settings.ts";
import { databaseUrl, studioUrl } from "../../local/settings/addresses.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import {
  accessibilityViolations,
  browserPath,
  type Tab,
  violationsInBothColours,
  withCuttableTab,
  withTab,
} from "../support/browser.ts";
import {
  act,
  asAlex,
  conversations,
  type Demo,
  inboxPanel,
  inList,
  message,
  phonePanel,
  pickUpOnWhatsApp,
  pickUpPhone,
  signIn,
  startConversation,
  withDemo,
  writeReply,
  writeText,
} from "../support/demo_page.ts";
import { withOwnSql } from "../support/stack.ts";
import { newPhone } from "../support/twilio.ts";

const PICTURE = new URL("../../docs/demo.png", import.meta.url);

/** The README's first two minutes. */
async function textsAndIsAnswered(demo: Demo) {
  await withTab(demo.browser, demo.url, async ({ page }) => {
    const phone = phonePanel(page);
    await phone.getByRole("button", { name: "Hi, is the job still open?" }).click();
    await message(phone, "Hi, is the job still open?").waitFor();
    await message(phone, "This is the automated assistant of Northwind Recruiting.").waitFor();

    await signIn(page, "Alex");
    await writeText(page, "What is the pay?");
    await message(phone, "21 dollars an hour").waitFor();
    assertEquals(await inList(page, "Ada Example").locator(".unread").count(), 0);
    await writeText(page, "Can I talk to a person?");
    const item = inList(page, "Ada Example");
    await item.getByText("asked for a person").waitFor();
    assertMatch(await item.innerText(), /Escalated/);
    assertMatch(await item.locator(".unread").innerText(), /^\d+\s*unread$/);

    await item.click();
    const inbox = inboxPanel(page);
    await message(inbox, "Can I talk to a person?").waitFor();
    await inbox.getByText("Escalated: asked for a person").waitFor();
    await item.locator(".unread").waitFor({ state: "detached" });
    await writeReply(page, "Hi Ada, this is Alex. When shall I call you?");
    await message(phone, "Hi Ada, this is Alex. When shall I call you?").waitFor();
    const reply = message(inbox, "Hi Ada, this is Alex.");
    await reply.getByText("Delivered").waitFor();
    assertMatch(await reply.innerText(), /^Alex Agent/);

    await writeText(page, "Tomorrow at noon, please");
    await message(inbox, "Tomorrow at noon, please").waitFor();
    await seesWebhooks(page);
    if (Deno.env.get("UPDATE_PICTURE")) await page.screenshot({ path: PICTURE.pathname });
  });
}

async function seesWebhooks(page: Page) {
  const log = page.getByRole("region", { name: "Webhooks" }).first();
  const row = (name: string, answer: string) =>
    log.getByRole("row").filter({ has: page.getByRole("cell", { name, exact: true }) })
      .filter({ has: page.getByRole("cell", { name: answer, exact: true }) })
      .filter({ hasText: /\d ms$/ }).first();
  await row("sms-inbound", "200 received").waitFor();
  await row("sms-status", "200 updated").waitFor();
  await row("sms-send", "200").waitFor();
  const shown = await log.innerText();
  for (const secret of ["job still open", "Alex. When", "+1555", "0100001"]) {
    assert(!shown.includes(secret), secret);
  }
}

async function oneOfTwoTakesIt(demo: Demo) {
  const { phone, name } = await startConversation(demo, { status: "escalated" });
  await asAlex(demo, async ({ page: alex }) => {
    await withTab(demo.browser, demo.url, async ({ page: robin }) => {
      await signIn(robin, "Robin");
      for (const page of [alex, robin]) await inList(page, name).click();
      await pickUpPhone(alex, phone);
      await writeText(alex, "Hello, are you there?");
      await message(inboxPanel(robin), "Hello, are you there?").waitFor();

      await act(alex, "Take over");
      await inList(alex, name).getByText("yours").waitFor();
      await inList(robin, name).waitFor({ state: "detached" });
      await robin.getByText("Another agent has this conversation now.").waitFor();

      await act(alex, "Release");
      await inList(robin, name).getByText("unassigned").waitFor();
    });
  });
}

async function showsWhatNeedsAttention(demo: Demo) {
  await asAlex(demo, async ({ page }) => {
    await inList(page, "Ada Example").waitFor();
    const strip = inboxPanel(page).getByText(/needs? attention$/);
    await withOwnSql(databaseUrl(demo.ports), async (sql) => {
      await sql`update recruiting_conversations set status = 'closed' where status = 'escalated'`;
    });
    await strip.waitFor({ state: "detached" });

    const [first, second] = [
      await startConversation(demo, { status: "escalated" }),
      await startConversation(demo, { status: "closed" }),
    ];
    for (const { phone } of [first, second]) {
      await pickUpPhone(page, phone);
      await writeText(page, "Hello?");
      await message(phonePanel(page), "Hello?").waitFor();
    }
    await strip.and(page.getByText("2 need attention", { exact: true })).waitFor();
    await strip.click();
    const items = page.getByRole("list", { name: "Needs attention" }).getByRole("button");
    const item = items.filter({ hasText: first.name });
    await items.filter({ hasText: second.name }).getByText("after the conversation was closed")
      .waitFor();
    await item.getByText("waits for an agent's answer").waitFor();
    assertEquals(await accessibilityViolations(page), []);

    await item.click();
    await message(inboxPanel(page), "Hello?").waitFor();
    assertEquals(await item.getAttribute("aria-current"), "true");
    await writeReply(page, "I am here.");
    await item.waitFor({ state: "detached" });
    await items.filter({ hasText: second.name }).click();
    await act(page, "Reopen");
    await writeReply(page, "So am I.");
    await strip.waitFor({ state: "detached" });

    // Escalations go to the agent with the fewest open conversations.
    for (const { name } of [first, second]) {
      await inList(page, name).click();
      await act(page, "Close");
      await inList(page, name).getByText("Closed").waitFor();
    }
  });
}

async function holdsAnAgentPerTab(demo: Demo) {
  const { name } = await startConversation(demo, { status: "escalated" });
  await withTab(demo.browser, demo.url, async ({ page: alex, openAnother }) => {
    await signIn(alex, "Alex");
    const robin = await openAnother();
    await signIn(robin, "Robin");
    await inList(robin, name).click();
    await act(robin, "Take over");
    await inList(alex, name).waitFor({ state: "detached" });
    await robin.getByRole("button", { name: "Sign out" }).click();
    await robin.getByRole("button", { name: "Sign in as Alex" }).waitFor();
    await alex.reload();
    await alex.getByRole("heading", { name: "Alex Agent’s inbox" }).waitFor();
  });
}

async function signsAStrangerOut({ browser, url, platform }: Demo) {
  await withTab(browser, url, async ({ page }) => {
    await signIn(page, "Robin");
    // The page must not notice it by itself before it is loaded again.
    await page.goto("about:blank");
    const { data } = await platform.from("recruiting_agents").delete()
      .eq("display_name", "Robin Agent").select();
    await page.goto(url);
    await page.getByText("You are no agent here any more").waitFor();
    await page.getByRole("button", { name: "Sign in as Alex" }).waitFor();
    const { error } = await platform.from("recruiting_agents").insert(data ?? []);
    assertEquals(error, null);
  });
}

async function movesAConversation(demo: Demo) {
  const { phone, name } = await startConversation(demo);
  await asAlex(demo, async ({ page }) => {
    await pickUpPhone(page, phone);
    await inList(page, name).click();
    await writeReply(page, "I am Alex, and I take over.");
    await inList(page, name).getByText("Escalated").waitFor();
    await message(phonePanel(page), "I am Alex, and I take over.").waitFor();

    await act(page, "Hand back to the bot");
    await inList(page, name).getByText("Bot").waitFor();
    await writeText(page, "Where is it?");
    await message(phonePanel(page), "12 Example Street").waitFor();
    await message(inboxPanel(page), "12 Example Street").waitFor();
    await inList(page, name).getByText("12 Example Street").waitFor();

    await act(page, "Close");
    await inboxPanel(page).getByText("The conversation is closed. Reopen it to reply.").waitFor();
    const field = inboxPanel(page).getByLabel("Reply", { exact: true });
    assert(await field.isDisabled(), "a reply can be written in a closed conversation");
    await act(page, "Reopen");
    await inList(page, name).getByText("yours").waitFor();
    assert(await field.isEnabled(), "no reply can be written in a reopened conversation");
  });
}

async function losesTheConnection(demo: Demo) {
  const { phone, name } = await startConversation(demo, { status: "escalated" });
  await asAlex(demo, async ({ page: elsewhere }) => {
    // Each attempt to reconnect waits longer, so the connection is lost for as short as it can be.
    await pickUpPhone(elsewhere, phone);
    await withCuttableTab(demo.browser, demo.url, async (tab) => {
      const { page, loseConnection, regainConnection } = tab;
      await signIn(page, "Alex");
      await inList(page, name).click();
      await loseConnection();
      await page.getByText("Reconnecting … What you see may be old.").waitFor();
      await page.getByText("The stack does not answer.").waitFor();
      await writeReply(page, "Did this get through?");
      await page.getByText("The server does not answer; try again.").waitFor();
      assertEquals(
        await inboxPanel(page).getByLabel("Reply", { exact: true }).inputValue(),
        "Did this get through?",
      );

      await writeText(elsewhere, "I wrote while you were away");
      await message(phonePanel(elsewhere), "I wrote while you were away").waitFor();
      await regainConnection();
      await message(inboxPanel(page), "I wrote while you were away").waitFor();
      await page.getByText("Reconnecting …").waitFor({ state: "detached" });
      await page.getByText("The stack does not answer.").waitFor({ state: "detached" });
      await inboxPanel(page).getByRole("button", { name: "Send" }).click();
      await message(inboxPanel(page), "Did this get through?").getByText("Delivered").waitFor();
      assertEquals(await message(inboxPanel(page), "Did this get through?").count(), 1);
    });
  });
}

async function textsAsAStranger(demo: Demo) {
  await asAlex(demo, async ({ page }) => {
    await pickUpPhone(page, newPhone());
    await writeText(page, "Do you know me?");
    await message(phonePanel(page), "Do you know me?")
      .getByText("kept in recruiting_unmatched_messages").waitFor();
  });
}

async function switchesTheChannel(demo: Demo) {
  await asAlex(demo, async ({ page }) => {
    const phone = phonePanel(page);
    const channel = (name: string) => phone.getByRole("button", { name, exact: true });
    const isPressed = (name: string) => channel(name).getAttribute("aria-pressed");
    assertEquals([await isPressed("SMS"), await isPressed("WhatsApp")], ["true", "false"]);
    await phone.getByLabel("Whose phone").selectOption({ label: "Dee Example · +15550100004" });
    assertEquals([await isPressed("SMS"), await isPressed("WhatsApp")], ["false", "true"]);
    await writeText(page, "Hi over WhatsApp");
    await message(phone, "Hi over WhatsApp").waitFor();
    await channel("SMS").click();
    await phone.getByText("There is no conversation with this recruit here").waitFor();
    assertEquals(await message(phone, "Hi over WhatsApp").count(), 0);
    await channel("WhatsApp").click();
    await message(phone, "Hi over WhatsApp").waitFor();
  });
}

async function usesTheKeyboard(demo: Demo) {
  const { name } = await startConversation(demo, { status: "escalated" });
  await withTab(demo.browser, demo.url, async ({ page }) => {
    const isFocused = (target: Locator) =>
      target.evaluate((element) => element === element.ownerDocument.activeElement);
    const tabTo = async (target: Locator) => {
      await target.waitFor();
      for (let presses = 0; presses < 40; presses++) {
        if (await isFocused(target)) return;
        await page.keyboard.press("Tab");
      }
      throw new Error(`Tab does not lead to ${target}`);
    };
    await tabTo(page.getByRole("button", { name: "Sign in as Robin" }));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Robin Agent’s inbox" }).waitFor();
    await tabTo(inList(page, name));
    await page.keyboard.press("Enter");
    await tabTo(inboxPanel(page).getByLabel("Reply", { exact: true }));
    await page.keyboard.type("First line");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("second line");
    await page.keyboard.press("Enter");
    await message(inboxPanel(page), "First line\nsecond line").getByText("Delivered").waitFor();
  });
}

async function fitsAPhone(demo: Demo) {
  const { name } = await startConversation(demo, { status: "escalated" });
  await withTab(demo.browser, demo.url, async ({ page }) => {
    await page.getByRole("heading", { name: "The recruit’s phone" }).waitFor();
    assert(!await inboxPanel(page).isVisible(), "the inbox is shown beside the phone");
    await page.getByRole("button", { name: "Inbox", exact: true }).click();
    await signIn(page, "Alex");
    await inList(page, name).click();
    assert(!await conversations(page).isVisible(), "the list is shown beside the thread");
    const width = await page.evaluate("document.documentElement.scrollWidth");
    assertEquals(width, 360);
    await page.getByRole("button", { name: "← All conversations" }).click();
    await inList(page, name).waitFor();
  }, { viewport: { width: 360, height: 640 } });
}

async function fitsAPhoneOnWhatsApp(demo: Demo) {
  await asAlex(demo, async ({ page }) => {
    await pickUpOnWhatsApp(demo, page);
    await phonePanel(page).getByRole("button", { name: "Share a location" }).click();
    await phonePanel(page).getByRole("button", { name: "Attach a picture" }).click();
    await phonePanel(page).getByRole("button", { name: "Share", exact: true }).waitFor();
    for (const width of [320, 390]) {
      await page.setViewportSize({ width, height: 780 });
      await page.getByRole("button", { name: "Phone", exact: true }).click();
      assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width);
    }
    assertEquals(await accessibilityViolations(page), []);
  });
}

async function isAccessible(demo: Demo) {
  const assertNoViolations = async (page: Page, what: string) =>
    assertEquals(await violationsInBothColours(page), { light: [], dark: [] }, what);
  const { phone, name } = await startConversation(demo, { status: "escalated" });
  await withTab(demo.browser, demo.url, async ({ page }) => {
    await page.getByRole("button", { name: "Sign in as Alex" }).waitFor();
    for (const name of ["The recruit’s phone", "The agents’ inbox", "Webhooks"]) {
      const region = page.getByRole("region", { name, exact: true }).first();
      assert(await region.isVisible(), `there is no region ${name}`);
    }
    await assertNoViolations(page, "the sign-in");
    await pickUpPhone(page, phone);
    await writeText(page, "Hello");
    await signIn(page, "Alex");
    await inList(page, name).click();
    await writeReply(page, "Hello yourself");
    await message(inboxPanel(page), "Hello yourself").getByText("Delivered").waitFor();
    await assertNoViolations(page, "an open conversation");
    await act(page, "Close");
    await inboxPanel(page).getByText("The conversation is closed.").waitFor();
    await assertNoViolations(page, "a closed conversation");
    await page.setViewportSize({ width: 390, height: 780 });
    for (const part of ["Phone", "Inbox", "Webhooks"]) {
      await page.getByRole("button", { name: part, exact: true }).click();
      await assertNoViolations(page, part);
    }
  });
}

async function isTheSameWithTheSeed({ platform }: Demo) {
  const { data } = await platform.from("recruiting_conversations")
    .select("channel, recruit_name, recruit_phone, twilio_phone").order("recruit_phone").limit(
      RECRUITS.length,
    );
  const prefixOf = (channel: string) => channel === "sms" ? "" : `${channel}:`;
  assertEquals(
    (data ?? []).map(({ channel, recruit_name, recruit_phone, twilio_phone }) => ({
      name: recruit_name,
      phone: prefixOf(channel) + recruit_phone,
      to: prefixOf(channel) + twilio_phone,
    })),
    RECRUITS.map(({ name, phone, to }) => ({ name, phone, to })),
  );
  const senders = await platform.from("recruiting_senders").select("channel, address")
    .order("channel");
  assertEquals(
    Object.fromEntries(
      (senders.data ?? []).map(({ channel, address }) => [channel, prefixOf(channel) + address]),
    ),
    SENDERS,
  );
}

async function looksAtTables({ browser, ports }: Demo) {
  await withTab(browser, studioUrl(ports), async ({ page }: Tab) => {
    await page.getByText("recruiting_conversations", { exact: true }).first().click();
    await page.getByText("+15550100001").first().waitFor();
  });
}

async function keepsTablesFromOtherPages({ ports }: Demo) {
  for (const path of ["/rest/v1/recruiting_conversations?limit=1", "/_system/info"]) {
    for (const site of ["cross-site", "same-site"]) {
      const response = await fetch(studioUrl(ports) + path, {
        headers: { "Sec-Fetch-Site": site },
      });
      await response.body?.cancel();
      assertEquals(response.status, 403, `${path} ${site}`);
    }
    assertEquals(await statusFor(ports.studio, path, "rebound.example"), 403);
  }
  const rows = `${studioUrl(ports)}/rest/v1/recruiting_conversations?limit=1`;
  const elsewhere = await fetch(rows, { headers: { Origin: "http://example.com" } });
  await elsewhere.body?.cancel();
  assertEquals(elsewhere.status, 401);
  const response = await fetch(`${studioUrl(ports)}/static/..%2fcli/index.js`);
  await response.body?.cancel();
  assertEquals(response.status, 404);
}

/** What is answered to a request that names another host. */
async function statusFor(port: number, path: string, host: string): Promise<number> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  ));
  const text = await new Response(connection.readable).text();
  return Number(text.split(" ")[1]);
}

/** Each sentence, and what shows that it is so. */
const SENTENCES: [string, (demo: Demo) => Promise<void>][] = [
  ["its recruits and numbers are those of seed.sql", isTheSameWithTheSeed],
  // Studio shows the first rows only.
  ["its link to Studio shows the tables", looksAtTables],
  // First those with tabs of their own: a tab that is kept for the next test reads whatever happens.
  [
    "a text is answered by the bot, a person who is asked for comes in and answers, and all of it shows without a reload",
    textsAndIsAnswered,
  ],
  ["each tab of one browser is an agent of its own", holdsAnAgentPerTab],
  ["who is no agent any more is signed out, and told why", signsAStrangerOut],
  ["an agent needs nothing but the keyboard", usesTheKeyboard],
  ["on a phone's width one part is shown at a time", fitsAPhone],
  ["it is accessible in light and in dark colours", isAccessible],
  ["who loses the connection is told, and sees what came meanwhile", losesTheConnection],
  [
    "what needs attention is listed above the conversations, opens them, and goes when it is answered",
    showsWhatNeedsAttention,
  ],
  ["a stranger's text is said to be kept", textsAsAStranger],
  ["the phone is on SMS or WhatsApp, each with its own messages", switchesTheChannel],
  ["on a phone's width a recruit shares locations and pictures", fitsAPhoneOnWhatsApp],
  ["Studio hands rows to no page but its own", keepsTablesFromOtherPages],
  ["of two agents the one who takes a conversation has it, and the other is told", oneOfTwoTakesIt],
  ["an agent takes over, hands back, closes and reopens", movesAConversation],
];

const browser = browserPath();

Deno.test({
  name: browser
    ? "the demo page, in a real browser"
    : "the demo page is not tested: there is no Chromium on this machine (CHROMIUM_PATH names one)",
  ignore: !browser,
  fn: (t) =>
    withDemo(browser!, async (demo) => {
      for (const [sentence, show] of SENTENCES) await t.step(sentence, () => show(demo));
    }),
});

// The picture is committed, so it must stay small.
Deno.test("the README's picture is a PNG of less than 300 KB", async () => {
  const picture = await Deno.readFile(PICTURE);
  assertEquals([...picture.slice(1, 4)], [..."PNG"].map((letter) => letter.charCodeAt(0)));
  assert(picture.length < 300_000, `${picture.length} bytes`);
});
