/** The demo page's reply box and its thread: templates, pictures, segments, and what cannot be sent. */
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { SENDERS } from "../../examples/inbox/settings.ts";
import { apiUrl, twilioUrl } from "../../local/settings/addresses.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { accessibilityViolations, browserPath, withTab } from "../support/browser.ts";
import {
  act,
  asAlex,
  type Demo,
  inboxPanel,
  inList,
  message,
  signIn,
  startConversation,
  withDemo,
  writeReply,
} from "../support/demo_page.ts";
import { until } from "../support/wait.ts";

/** A picture of one green pixel. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const picture = (name: string, bytes = PIXEL, mimeType = "image/png") => ({
  name,
  mimeType,
  buffer: bytes,
});

/** A recruit's text, with attachments. */
async function textIn(
  { ports }: Demo,
  from: string,
  body: string,
  media: { url: string; content_type: string }[] = [],
  to: string = SENDERS.sms,
) {
  const response = await fetch(`${twilioUrl(ports)}/phone/texts`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ from, to, body, media }),
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
}

/** Does what is due, as the schedule does. */
async function reconcile({ ports }: Demo) {
  const response = await fetch(`${apiUrl(ports)}/functions/v1/sms-reconcile`, {
    method: "POST",
    headers: { apikey: SECRET_KEY },
    body: JSON.stringify({ wait: true }),
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
}

/** Opens a conversation. */
async function open(page: Page, name: string) {
  await inList(page, name).click();
  await page.getByRole("heading", { name, level: 3 }).waitFor();
}

const reply = (page: Page) => inboxPanel(page).getByLabel("Reply", { exact: true });

/** Waits until a picture has been loaded, and returns its address. */
async function addressOf(page: Page, text: string): Promise<string> {
  const image = message(inboxPanel(page), text).getByRole("img", { name: "Picture" });
  await image.waitFor();
  await until(
    async () =>
      (await image.evaluate((element: unknown) =>
        (element as { naturalWidth: number }).naturalWidth
      )) > 0,
    "the picture to load",
  );
  return await image.getAttribute("src") ?? "";
}

async function sendsATemplate(demo: Demo) {
  const { id, name, phone } = await startConversation(demo, {
    channel: "whatsapp",
    status: "escalated",
  });
  await asAlex(demo, async ({ page }) => {
    const inbox = inboxPanel(page);
    await open(page, name);
    await inbox.getByText("Until they write again, send a template.").waitFor();
    assertEquals(await reply(page).count(), 0);
    assertEquals(await inbox.getByRole("button", { name: "Send template" }).count(), 0);

    await inbox.getByLabel("Template").selectOption({ label: "Application received" });
    await inbox.getByLabel("Value 1").fill("Ada & “$&”");
    const text = "Hi Ada & “$&”, thanks for applying for the job.";
    assertMatch(
      await inbox.getByLabel("What the recruit reads").innerText(),
      /^Hi Ada & “\$&”, thanks/,
    );
    assertEquals(await accessibilityViolations(page), []);
    await inbox.getByRole("button", { name: "Send template" }).click();
    const sent = message(inbox, text);
    await sent.getByText("Delivered").waitFor();
    await sent.getByText("Template", { exact: true }).waitFor();

    const { data } = await demo.platform.from("recruiting_messages")
      .select("content_sid, content_variables").eq("conversation_id", id);
    assertEquals(data, [{
      content_sid: "HX00000000000000000000000000000001",
      content_variables: { "1": "Ada & “$&”" },
    }]);

    // The recruit's text opens the window.
    await textIn(demo, `whatsapp:${phone}`, "Yes, please", [], SENDERS.whatsapp);
    await reply(page).waitFor();
    assertEquals(await inbox.getByLabel("Template").count(), 0);
    await writeReply(page, "Great!");
    await message(inbox, "Great!").getByText("Delivered").waitFor();
  });
}

async function readsNoTemplates(demo: Demo) {
  const { name } = await startConversation(demo, { channel: "whatsapp", status: "escalated" });
  // The page keeps templates that it has read.
  await withTab(demo.browser, demo.url, async ({ page, expectFailedRequests }) => {
    await signIn(page, "Alex");
    expectFailedRequests();
    await page.route("**/templates.json", (route) => route.fulfill({ status: 502 }));
    await open(page, name);
    await inboxPanel(page).getByText("The templates could not be read.").waitFor();
    await page.unroute("**/templates.json");
    await act(page, "Try again");
    await inboxPanel(page).getByLabel("Template").selectOption({ label: "Still interested" });
    await inboxPanel(page).getByLabel("What the recruit reads").waitFor();
  });
}

async function keepsATemplateThatFails(demo: Demo) {
  const { name } = await startConversation(demo, { channel: "whatsapp", status: "escalated" });
  await asAlex(demo, async ({ page, expectFailedRequests }) => {
    expectFailedRequests();
    const inbox = inboxPanel(page);
    await open(page, name);
    await page.route("**/functions/v1/sms-send", (route) => route.abort());
    await inbox.getByLabel("Template").selectOption({ label: "Shift offer" });
    await inbox.getByLabel("First name").fill("Ada");
    await inbox.getByRole("button", { name: "Send template" }).click();
    await inbox.getByText("The template was not sent. The server does not answer").waitFor();
    assertEquals(await inbox.getByLabel("First name").inputValue(), "Ada");
    await page.unroute("**/functions/v1/sms-send");
    await inbox.getByRole("button", { name: "Send template" }).click();
    await message(inbox, "Hello Ada, a shift is free at the depot.").getByText("Delivered")
      .waitFor();
  });
}

async function countsSegments(demo: Demo) {
  const { name } = await startConversation(demo, { status: "escalated" });
  const onWhatsApp = await startConversation(demo, { channel: "whatsapp", status: "escalated" });
  await textIn(demo, `whatsapp:${onWhatsApp.phone}`, "Hi", [], SENDERS.whatsapp);
  await asAlex(demo, async ({ page }) => {
    const inbox = inboxPanel(page);
    await open(page, name);
    assertEquals(await inbox.getByText(/segment/).count(), 0);
    await reply(page).fill("Hi");
    await inbox.getByText("1 segment · 158 left", { exact: true }).waitFor();
    await reply(page).fill("a".repeat(161));
    await inbox.getByText("2 segments · 145 left", { exact: true }).waitFor();
    await reply(page).fill("It’s fine");
    await inbox.getByText("1 segment · 61 left · ’ makes segments shorter").waitFor();
    await inList(page, onWhatsApp.name).click();
    await reply(page).fill("It’s fine");
    assertEquals(await inbox.getByText(/segment/).count(), 0);
  });
}

async function attachesPictures(demo: Demo) {
  const { id, name } = await startConversation(demo, { status: "escalated" });
  await asAlex(demo, async ({ page, expectFailedRequests }) => {
    const inbox = inboxPanel(page);
    const field = inbox.getByLabel("Pictures to attach");
    await open(page, name);
    await field.setInputFiles([picture("map.png"), picture("gate.png")]);
    const attached = inbox.getByRole("list", { name: "Attached pictures" });
    assertEquals(await attached.getByRole("img").count(), 2);
    assertEquals(await accessibilityViolations(page), []);
    await inbox.getByRole("button", { name: "Remove gate.png" }).click();
    assertEquals(await attached.getByRole("img").count(), 1);

    await field.setInputFiles([picture("cv.svg", PIXEL, "image/svg+xml")]);
    await inbox.getByText("“cv.svg” is no JPEG, PNG or GIF picture.").waitFor();
    // By its path: the bytes need not go to the browser.
    const big = await Deno.makeTempFile({ suffix: ".png" });
    try {
      await Deno.truncate(big, 5 * 1024 * 1024);
      await field.setInputFiles(big);
      await inbox.getByText("The pictures of a message may have at most 5 MB.").waitFor();
    } finally {
      await Deno.remove(big);
    }
    assertEquals(await attached.getByRole("img").count(), 1);

    // A message that fails keeps its pictures, and is one message when it is repeated.
    expectFailedRequests();
    await page.route("**/functions/v1/sms-send", (route) => route.abort());
    await writeReply(page, "The way in");
    await inbox.getByText("“The way in” was not sent.").waitFor();
    assertEquals(await attached.getByRole("img").count(), 1);
    await page.unroute("**/functions/v1/sms-send");
    await reply(page).press("Enter");
    await message(inbox, "The way in").getByText("Delivered").waitFor();
    assertEquals(await message(inbox, "The way in").count(), 1);
    const src = await addressOf(page, "The way in");
    assert(
      src.startsWith(`${apiUrl(demo.ports)}/storage/v1/object/sign/recruiting-attachments/${id}/`),
      `the picture's address is ${src.split("?")[0]}`,
    );

    const { data } = await demo.platform.from("recruiting_messages").select("body, media")
      .eq("conversation_id", id);
    const [{ body, media }, ...more] = data ?? [];
    assertEquals([body, more.length], ["The way in", 0]);
    const [{ url }] = media as { url: string }[];
    assertMatch(
      new URL(url).pathname,
      new RegExp(`/recruiting-attachments/${id}/[0-9a-f-]{36}\\.png$`),
    );
    assertEquals(new Uint8Array(await (await fetch(url)).arrayBuffer()), new Uint8Array(PIXEL));

    // A picture needs no text.
    await field.setInputFiles([picture("alone.png")]);
    await inbox.getByRole("button", { name: "Send", exact: true }).click();
    await until(
      async () => await inbox.getByRole("article").getByText("Delivered").count() === 2,
      "the second message",
    );
  });
}

async function showsPictures(demo: Demo) {
  const { name, phone } = await startConversation(demo, { status: "escalated" });
  const pixel = {
    url: `data:image/png;base64,${PIXEL.toString("base64")}`,
    content_type: "image/png",
  };
  await asAlex(demo, async ({ page }) => {
    const inbox = inboxPanel(page);
    await open(page, name);
    await textIn(demo, phone, "My licence", [pixel]);
    await message(inbox, "My licence").getByText("Picture · opening …").waitFor();
    assertEquals(await message(inbox, "My licence").getByRole("link").count(), 0);
    // Told by message_media_stored, without a reload.
    await reconcile(demo);
    const src = await addressOf(page, "My licence");
    assert(
      src.startsWith(`${apiUrl(demo.ports)}/storage/v1/object/sign/recruiting-media/`),
      `the picture's address is ${src.split("?")[0]}`,
    );
    await message(inbox, "My licence").getByText("opening").waitFor({ state: "detached" });
    // The thread has stayed at its end, although a picture has no height before it is loaded.
    assertEquals(await inbox.getByRole("button", { name: "New messages" }).count(), 0);

    await textIn(demo, phone, "My CV", [
      { url: "https://example.com/cv.pdf", content_type: "application/pdf" },
    ]);
    await message(inbox, "My CV").getByText("PDF · opening …").waitFor();
    await reconcile(demo);
    const file = message(inbox, "My CV").getByRole("link", { name: /^PDF, \d+ bytes$/ });
    const response = await fetch(await file.getAttribute("href") ?? "");
    assertEquals([response.status, response.headers.get("content-type")], [200, "application/pdf"]);
    await response.body?.cancel();
  });
}

async function saysThatAPictureIsLost(demo: Demo) {
  const { name, phone } = await startConversation(demo, { status: "escalated" });
  await textIn(demo, phone, "My licence", [
    { url: "https://example.com/a.jpg", content_type: "image/jpeg" },
  ]);
  await asAlex(demo, async ({ page }) => {
    await page.route("**/rest/v1/recruiting_messages*", async (route) => {
      const response = await route.fetch();
      const rows: { body: string; media: Record<string, unknown>[] }[] = await response.json();
      const media = [{ url: "", content_type: "image/jpeg", error: "It is no longer at Twilio" }];
      await route.fulfill({
        response,
        json: rows.map((row) => row.body === "My licence" ? { ...row, media } : row),
      });
    });
    await open(page, name);
    await message(inboxPanel(page), "My licence").getByText("Picture: It is no longer at Twilio")
      .waitFor();
  });
}

async function offersNothingThatFails(demo: Demo) {
  const stopped = await startConversation(demo, { status: "escalated" });
  const closed = await startConversation(demo, { status: "closed" });
  await textIn(demo, stopped.phone, "STOP");
  await asAlex(demo, async ({ page }) => {
    const inbox = inboxPanel(page);
    for (
      const [name, words] of [
        [stopped.name, "The recruit has opted out of texts."],
        [closed.name, "The conversation is closed. Reopen it to reply."],
      ]
    ) {
      await inList(page, name).click();
      await inbox.getByText(words).waitFor();
      assert(await reply(page).isDisabled(), `a reply can be written although: ${words}`);
      for (const button of ["Send", "Attach a picture", "Send template"]) {
        assertEquals(await inbox.getByRole("button", { name: button, exact: true }).count(), 0);
      }
    }
  });
}

async function saysWhenTheBotAnswers(demo: Demo) {
  const { name, phone } = await startConversation(demo, { status: "escalated" });
  await textIn(demo, phone, "Are you still there?");
  await asAlex(demo, async ({ page }) => {
    const remark = inboxPanel(page).getByText("The bot answers from the recruit’s next text on.");
    await open(page, name);
    assertEquals(await remark.count(), 0);
    await act(page, "Hand back to the bot");
    await remark.waitFor();
    await textIn(demo, phone, "What is the pay?");
    await message(inboxPanel(page), "21 dollars an hour").waitFor();
    await remark.waitFor({ state: "detached" });

    await writeReply(page, "And a bonus, says Alex.");
    await message(inboxPanel(page), "says Alex").getByText("Delivered").waitFor();
    await remark.waitFor({ state: "detached" });
    await act(page, "Hand back to the bot");
    await remark.waitFor();
  });
}

async function fitsEveryWidth(demo: Demo) {
  const silent = await startConversation(demo, { channel: "whatsapp", status: "escalated" });
  const { name, phone } = await startConversation(demo, { status: "escalated" });
  await textIn(demo, phone, "My licence", [
    { url: "https://example.com/a.png", content_type: "image/png" },
  ]);
  await reconcile(demo);
  await asAlex(demo, async ({ page }) => {
    // A panel clips what is too wide for it, so the document alone would always fit.
    const fits = () =>
      page.evaluate(`[document.documentElement, ...document.querySelectorAll(".panel")]
        .every(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)`);
    const list = async () => {
      const tab = page.getByRole("navigation").getByRole("button", { name: "Inbox" });
      if (await tab.isVisible()) await tab.click();
      const back = page.getByRole("button", { name: "All conversations" });
      if (await back.isVisible()) await back.click();
    };
    const lastPicture = inboxPanel(page).getByRole("button", { name: "Remove f.png" });
    for (const width of [390, 820, 1280, 1920]) {
      await page.setViewportSize({ width, height: 844 });
      await list();
      await inList(page, silent.name).click();
      await inboxPanel(page).getByLabel("Template").selectOption({ label: "Application received" });
      await inboxPanel(page).getByLabel("What the recruit reads").waitFor();
      assert(await fits(), `the template at ${width}`);
      await list();
      await inList(page, name).click();
      await addressOf(page, "My licence");
      if (!await lastPicture.isVisible()) {
        await inboxPanel(page).getByLabel("Pictures to attach").setInputFiles(
          ["a", "b", "c", "d", "e", "f"].map((letter) => picture(`${letter}.png`)),
        );
      }
      await reply(page).fill("It’s “fine” …");
      await lastPicture.waitFor();
      assert(await fits(), `the pictures at ${width}`);
    }
  });
}

/** Each sentence, and what shows that it is so. */
const SENTENCES: [string, (demo: Demo) => Promise<void>][] = [
  ["templates that could not be read are read again", readsNoTemplates],
  ["outside WhatsApp's window an agent sends a template, and nothing else", sendsATemplate],
  ["a template that was not sent keeps what was filled in", keepsATemplateThatFails],
  ["segments are counted while an agent types, on SMS alone", countsSegments],
  ["an agent attaches pictures, which Twilio may read for a day", attachesPictures],
  [
    "a recruit's pictures and files are shown when they are stored, without a reload",
    showsPictures,
  ],
  ["a picture that could not be stored says why", saysThatAPictureIsLost],
  ["no button is offered that must fail", offersNothingThatFails],
  ["it fits every width", fitsEveryWidth],
  ["after a hand-back the page says from when on the bot answers", saysWhenTheBotAnswers],
];

const browser = browserPath();

Deno.test({
  name: browser
    ? "the demo page's reply box, in a real browser"
    : "the demo page's reply box is not tested: there is no Chromium on this machine",
  ignore: !browser,
  fn: (t) =>
    withDemo(browser!, async (demo) => {
      for (const [sentence, show] of SENTENCES) await t.step(sentence, () => show(demo));
    }),
});
