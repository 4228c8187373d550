import { assertEquals, assertMatch } from "../support/assert.ts";
import { newPhone, newSid } from "../support/twilio.ts";
import { assertAnswer } from "../support/twilio_openapi.ts";
import {
  ACCOUNT_SID,
  FOREVER,
  get,
  loseText,
  messagesUrl,
  OUR_NUMBER,
  refusal,
  type StandIn,
  text,
  textFrom,
  withTwilio,
} from "../support/twilio_stand_in.ts";

const PICTURES = ["image/jpeg", "image/png", "application/pdf"];

/** Texts three files; returns the text's SID. */
async function textPictures(standIn: StandIn): Promise<string> {
  const media = PICTURES.map((content_type, index) => ({
    url: `https://example.com/${index}`,
    content_type,
  }));
  const fields = { from: newPhone(), to: OUR_NUMBER, body: "My CV", media };
  return (await textFrom(standIn, fields)).message_sid;
}

Deno.test("Twilio's client lists a text's media, and fetches each", () =>
  withTwilio(async (standIn) => {
    const { client } = standIn;
    const message = await client.messages(await textPictures(standIn)).fetch();
    const media = await client.messages(message.sid).media.list();
    assertEquals(media.map(({ contentType }) => contentType), PICTURES);
    assertEquals(new Set(media.map(({ sid }) => sid)).size, 3);
    for (const { sid, parentSid, accountSid, dateCreated, uri } of media) {
      assertMatch(sid, /^ME[0-9a-f]{32}$/);
      assertEquals([parentSid, accountSid, dateCreated], [
        message.sid,
        ACCOUNT_SID,
        message.dateCreated,
      ]);
      assertEquals(uri, `${message.subresourceUris.media.slice(0, -5)}/${sid}.json`);
      assertEquals((await client.messages(message.sid).media(sid).fetch()).sid, sid);
    }
    const again = await client.messages(message.sid).media.list({ pageSize: 1 });
    assertEquals(again.map(({ sid }) => sid), media.map(({ sid }) => sid));
  }));

Deno.test("a message without media has an empty list, one that is unknown none", () =>
  withTwilio(async (standIn) => {
    const { client } = standIn;
    const { message_sid } = await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "" });
    assertEquals(await client.messages(message_sid).media.list(), []);
    assertEquals(await refusal(client.messages(newSid()).media.list()), [404, 20404]);
    const other = client.messages(message_sid).media(newSid("ME"));
    assertEquals(await refusal(other.fetch()), [404, 20404]);
    assertEquals(await refusal(other.remove()), [405, 20004]);
    const pictures = await textPictures(standIn);
    await client.messages(pictures).remove();
    assertEquals(await refusal(client.messages(pictures).media.list()), [404, 20404]);
  }));

Deno.test("what we send has media, too, of a type that is not known yet", () =>
  withTwilio(async ({ client }) => {
    const mediaUrl = ["https://example.com/a.jpg", "https://example.com/b.jpg"];
    const { sid } = await client.messages.create(text({ mediaUrl }));
    const media = await client.messages(sid).media.list();
    assertEquals(media.map(({ contentType }) => contentType), [null, null]);
  }, FOREVER));

Deno.test("media are filtered by the date of their creation", () =>
  withTwilio(async (standIn) => {
    const { message_sid } = await loseText(standIn, {
      from: newPhone(),
      to: OUR_NUMBER,
      body: "",
      media: [{ url: "https://example.com/cv.jpg", content_type: "image/jpeg" }],
      sent_at: "2026-01-02T12:00:00Z",
    });
    const [before, at, after] = [11, 12, 13].map((hour) => new Date(Date.UTC(2026, 0, 2, hour)));
    for (
      const [filter, count] of [
        [{ dateCreated: at }, 1],
        [{ dateCreated: after }, 0],
        [{ dateCreatedAfter: before }, 1],
        [{ dateCreatedAfter: after }, 0],
        [{ dateCreatedBefore: at, dateCreatedAfter: at }, 1],
        [{ dateCreatedBefore: before }, 0],
      ] as const
    ) {
      const media = await standIn.client.messages(message_sid).media.list(filter);
      assertEquals(media.length, count);
    }
  }));

Deno.test("every answer about media is as Twilio's document says", () =>
  withTwilio(async (standIn) => {
    const url = `${messagesUrl(standIn.url)}/${await textPictures(standIn)}/Media`;
    for (const query of ["", "?PageSize=2", "?PageSize=2&Page=1", "?DateCreated<=2026-01-01"]) {
      const list = await get(`${url}.json${query}`);
      assertAnswer("mediaList", list);
      for (const media of list.media_list) {
        assertAnswer("media", media);
        assertAnswer("media", await get(`${url}/${media.sid}.json`));
      }
    }
    for (const query of ["?DateSent=2026-01-01", "?PageSize=0", "?PageToken=PA-1"]) {
      assertEquals((await get(`${url}.json${query}`)).code, 20001);
    }
  }));

Deno.test("the content of media is not served", () =>
  withTwilio(async (standIn) => {
    const { client, url } = standIn;
    const [{ uri }] = await client.messages(await textPictures(standIn)).media.list();
    assertEquals((await get(url + uri.replace(".json", ""))).code, 20404);
  }));
