/** What the demo page's inbox shows of a recruit: each kind of message from their phone, and the person. */
import postgres from "postgres";
import type { Locator, Page } from "playwright-core";
import { SENDERS } from "../../examples/inbox/settings.ts";
import { databaseUrl, twilioUrl } from "../../local/settings/addresses.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { accessibilityViolations, browserPath } from "../support/browser.ts";
import {
  asAlex,
  type Demo,
  inboxPanel,
  inList,
  message,
  phonePanel,
  pickUpOnWhatsApp,
  pickUpPhone,
  startConversation,
  threadOnPhone,
  withDemo,
  writeReply,
  writeText,
} from "../support/demo_page.ts";
import { magicPhone, newSid } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

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
  await asAlex(demo, async ({ page }) => {
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

async function readsReasons(demo: Demo) {
  const landline = await startConversation(demo, {
    phone: magicPhone("+15005550009"),
    status: "escalated",
  });
  const quitter = await startConversation(demo, { status: "escalated" });
  await asAlex(demo, async ({ page }) => {
    await inList(page, landline.name).click();
    await writeReply(page, "Hello?");
    await message(inboxPanel(page), "Hello?")
      .getByText("Not delivered: this is not a mobile number (21614)").waitFor();

    await inList(page, quitter.name).click();
    await pickUpPhone(page, quitter.phone);
    await phonePanel(page).getByRole("button", { name: "STOP" }).click();
    await inboxPanel(page).getByText("The recruit has opted out of texts.").waitFor();
    assert(
      await inboxPanel(page).getByLabel("Reply", { exact: true }).isDisabled(),
      "a reply can be written after STOP",
    );
    await writeText(page, "START");
    await inboxPanel(page).getByText("The recruit has opted out").waitFor({ state: "detached" });
  });
}

async function attachesAPicture(demo: Demo) {
  const { phone, name } = await startConversation(demo, { status: "escalated" });
  await asAlex(demo, async ({ page }) => {
    await inList(page, name).click();
    await pickUpPhone(page, phone);
    await phonePanel(page).getByRole("button", { name: "Attach a picture" }).click();
    await phonePanel(page).getByLabel("Picture’s address").fill("https://example.com/cv.jpg");
    await writeText(page, "This is me");
    await message(inboxPanel(page), "This is me").getByText("Picture · opening …").waitFor();
  });
}

async function sharesALocation(demo: Demo) {
  await asAlex(demo, async ({ page }) => {
    const phone = phonePanel(page);
    const share = phone.getByRole("button", { name: "Share a location" });
    assertEquals(await share.count(), 0);
    const number = await pickUpOnWhatsApp(demo, page);
    await share.click();
    await phone.getByLabel("Latitude, longitude").fill("nowhere");
    const send = phone.getByRole("button", { name: "Share", exact: true });
    assert(await send.isDisabled(), "a location without coordinates can be shared");
    await phone.getByLabel("Latitude, longitude").fill("39.7392, -104.9903");
    assertEquals(await accessibilityViolations(page), []);
    await send.click();
    await message(phone, "The depot").getByText("Received").waitFor();

    const item = inList(page, number.slice(-8));
    await item.getByText("[location: The depot, 12 Example Street, Denver (39.7392, -104.9903)]")
      .waitFor();
    await item.click();
    const place = message(inboxPanel(page), "The depot");
    await place.getByText("12 Example Street, Denver").waitFor();
    const link = place.getByRole("link", { name: "Show on a map" });
    assertEquals(
      await Promise.all(["href", "target", "rel"].map((name) => link.getAttribute(name))),
      [
        "https://www.openstreetmap.org/?mlat=39.7392&mlon=-104.9903#map=16/39.7392/-104.9903",
        "_blank",
        "noopener noreferrer",
      ],
    );
  });
}

async function pressesAButton(demo: Demo) {
  await asAlex(demo, async ({ page }) => {
    const number = await pickUpOnWhatsApp(demo, page);
    await writeText(page, "Hello");
    await inList(page, number.slice(-8)).click();
    await writeReply(page, "Are you interested?");
    const ours = message(phonePanel(page), "Are you interested?");
    await ours.getByRole("button", { name: "Yes, I am interested" }).click();
    for (const panel of [phonePanel(page), inboxPanel(page)]) {
      const pressed = message(panel, /^Button\s*Yes, I am interested/);
      await pressed.waitFor();
      assertEquals(await pressed.getByRole("button").count(), 0);
    }
    const query = new URLSearchParams({ phone: `whatsapp:${number}` });
    const thread: { sid: string; body: string; metadata: Record<string, string> | null }[] =
      await (await fetch(`${twilioUrl(demo.ports)}/phone/messages?${query}`)).json();
    const [, reply, pressed] = thread;
    assertEquals(
      [reply.body, pressed.metadata?.OriginalRepliedMessageSid, pressed.metadata?.ButtonPayload],
      ["Are you interested?", reply.sid, "interested"],
    );
  });
}

async function namesWhoHasAProfile(demo: Demo) {
  await asAlex(demo, async ({ page }) => {
    await pickUpOnWhatsApp(demo, page, "");
    await phonePanel(page).getByLabel("Profile name").fill("Zoë Profile");
    await writeText(page, "Hello");
    await inList(page, "Zoë Profile").click();
    await inboxPanel(page).getByRole("heading", { name: "Zoë Profile" }).waitFor();
    await message(inboxPanel(page), "Hello").waitFor();
  });
}

async function reactsToAMessage(demo: Demo) {
  const { phone: number, name } = await startConversation(demo, { status: "escalated" });
  await asAlex(demo, async ({ page }) => {
    await inList(page, name).click();
    await pickUpPhone(page, number);
    await writeReply(page, "Days or nights?");
    const ours = message(phonePanel(page), "Days or nights?").first();
    const open = ours.getByRole("button", { name: "React" });
    await page.setViewportSize({ width: 1280, height: 620 });
    await open.click();
    const bottomOf = async (target: Locator) => {
      const box = await target.boundingBox();
      return box ? box.y + box.height : undefined;
    };
    const [menu, thread] = [ours.getByRole("group", { name: "Reactions" }), threadOnPhone(page)];
    await until(
      async () => (await bottomOf(menu) ?? Infinity) <= (await bottomOf(thread) ?? 0),
      "the reactions in sight",
    );
    await ours.getByRole("button", { name: "Liked", exact: true }).press("Escape");
    await menu.waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    assertEquals(await accessibilityViolations(page), []);
    await ours.getByRole("button", { name: "Laughed at", exact: true }).click();
    for (const panel of [phonePanel(page), inboxPanel(page)]) {
      const reaction = message(panel, "Laughed at");
      await reaction.waitFor();
      assertEquals(await reaction.locator("blockquote").innerText(), "Days or nights?");
    }
    await inList(page, name).getByText("Laughed at “Days or nights?”").waitFor();
    await writeText(page, "Loved “it” and I will come");
    await message(inboxPanel(page), "Loved “it” and I will come").waitFor();
  });
}

async function saysThatATextIsEmpty(demo: Demo) {
  const { ports } = demo;
  const { phone: from, name } = await startConversation(demo, { status: "escalated" });
  await asAlex(demo, async ({ page }) => {
    await inList(page, name).click();
    const response = await fetch(`${twilioUrl(ports)}/phone/texts`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ from, to: SENDERS.sms, body: "\u200b" }),
    });
    await response.body?.cancel();
    await message(inboxPanel(page), "[no text]").waitFor();
    await inList(page, name).getByText("[no text]").waitFor();
  });
}

/** Each sentence, and what shows that it is so. */
const SENTENCES: [string, (demo: Demo) => Promise<void>][] = [
  [
    "a conversation's contact is shown: other conversations, and a change as it arrives",
    showsThePerson,
  ],
  ["what cannot be sent says why in plain words", readsReasons],
  ["a picture of the recruit reaches the inbox", attachesAPicture],
  ["a location that is shared on WhatsApp is a place with a map in the inbox", sharesALocation],
  ["a button that is pressed on WhatsApp is labelled in the inbox", pressesAButton],
  ["who has no name goes by their WhatsApp profile", namesWhoHasAProfile],
  ["a reaction on SMS is shown as one, with the words that it quotes", reactsToAMessage],
  ["a text without words is said to be empty", saysThatATextIsEmpty],
];

const browser = browserPath();

Deno.test({
  name: browser
    ? "the recruit in the demo page's inbox, in a real browser"
    : "the demo page's recruit is not tested: there is no Chromium on this machine (CHROMIUM_PATH names one)",
  ignore: !browser,
  fn: (t) =>
    withDemo(browser!, async (demo) => {
      for (const [sentence, show] of SENTENCES) await t.step(sentence, () => show(demo));
    }),
});
