/** The person of the open conversation on the demo page, in a real browser. */
import postgres from "postgres";
import type { Page } from "playwright-core";
import { databaseUrl } from "../../local/settings/addresses.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { accessibilityViolations, browserPath, withTab } from "../support/browser.ts";
import {
  type Demo,
  inboxPanel,
  inList,
  message,
  signIn,
  startConversation,
  withDemo,
} from "../support/demo_page.ts";
import { newSid } from "../support/twilio.ts";

/** Less than the 30 s after which the page reads its rows anyway, in ms. */
const BY_AN_EVENT_MS = 15_000;

const person = (page: Page) => inboxPanel(page).getByRole("region", { name: "Person" });

const heading = (page: Page, name: string) => inboxPanel(page).getByRole("heading", { name });

/**
 * A contact with a profile and three escalated conversations, one of them without messages, and a recruit who is no
 * contact.
 */
async function peopleOf(demo: Demo) {
  const quiet = await startConversation(demo, { name: "Without messages", status: "escalated" });
  const mobile = await startConversation(demo, { name: "On the mobile", status: "escalated" });
  const whatsapp = await startConversation(demo, {
    name: "On WhatsApp",
    status: "escalated",
    channel: "whatsapp",
  });
  const stranger = await startConversation(demo, { name: "Stranger", status: "escalated" });
  const sql = postgres(databaseUrl(demo.ports), { onnotice: () => {} });
  try {
    for (
      const [{ id }, body] of [
        [mobile, "From the mobile"],
        [whatsapp, "From WhatsApp"],
        [stranger, "From a stranger"],
      ] as const
    ) {
      await sql`insert into recruiting_messages
        (conversation_id, direction, sender_type, body, status, message_sid)
        values (${id}, 'inbound', 'recruit', ${body}, 'received', ${newSid()})`;
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
  const contact = {
    external_id: crypto.randomUUID(),
    name: "Ada Byron",
    linkedin_url: "https://www.linkedin.com/in/ada-byron",
    alert_subscription_id: `sub-${crypto.randomUUID()}`,
    phones: [mobile, whatsapp, quiet].map(({ phone }) => ({ phone })),
  };
  const { error } = await demo.platform.rpc("recruiting_upsert_contacts", { contacts: [contact] });
  assertEquals(error, null);
  const receiveAlert = async (profile: Record<string, string>) => {
    const { data } = await demo.platform.rpc("recruiting_receive_profile_alert", {
      subscription_id: contact.alert_subscription_id,
      profile: JSON.stringify(profile),
    });
    assertEquals(data?.[0].is_known, true);
  };
  return { mobile, whatsapp, quiet, receiveAlert };
}

async function showsThePerson(demo: Demo) {
  const { mobile, whatsapp, quiet, receiveAlert } = await peopleOf(demo);
  await receiveAlert({ headline: "Driver" });
  await withTab(demo.browser, demo.url, async ({ page }) => {
    await signIn(page, "Alex");
    await inList(page, mobile.name).click();
    await person(page).getByText("Ada Byron").waitFor();
    const link = person(page).getByRole("link", { name: "LinkedIn profile" });
    assertEquals(
      [await link.getAttribute("href"), await link.getAttribute("rel")],
      ["https://www.linkedin.com/in/ada-byron", "noopener noreferrer"],
    );
    assertEquals(await person(page).getByText("What changed").count(), 0);

    await receiveAlert({ headline: "Shift lead" });
    await person(page).getByText("headline: Driver → Shift lead").waitFor({
      timeout: BY_AN_EVENT_MS,
    });
    assertEquals(await accessibilityViolations(page), []);

    const others = person(page).getByRole("list", { name: "Other conversations" });
    assertEquals(await others.getByRole("button").allInnerTexts(), [
      `WhatsApp …${whatsapp.phone.slice(-4)}\nEscalated\nFrom WhatsApp`,
      `SMS …${quiet.phone.slice(-4)}\nEscalated\nNo messages yet`,
    ]);
    await others.getByRole("button").filter({ hasText: "WhatsApp" }).click();
    await heading(page, whatsapp.name).waitFor();
    await others.getByText("From the mobile").waitFor();
    const isFocused = await heading(page, whatsapp.name)
      .evaluate((element) => element === element.ownerDocument.activeElement);
    assert(isFocused, "the focus goes to the conversation that was opened");
    await others.getByRole("button").filter({ hasText: "No messages yet" }).click();
    await heading(page, quiet.name).waitFor();
    await others.getByText("From the mobile").waitFor();

    const read = page.waitForResponse((response) =>
      response.url().includes("recruiting_contact_phones")
    );
    await inList(page, "Stranger").click();
    await message(inboxPanel(page), "From a stranger").waitFor();
    await read;
    assertEquals(await person(page).count(), 0);
  });
}

const browser = browserPath();

Deno.test({
  name: browser
    ? "the demo page shows a conversation's contact: other conversations, and a change as it arrives"
    : "the demo page's person is not tested: there is no Chromium on this machine (CHROMIUM_PATH names one)",
  ignore: !browser,
  fn: () => withDemo(browser!, showsThePerson),
});
