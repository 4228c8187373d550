import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { AUTH_TOKEN, newPhone, newSid } from "../support/twilio.ts";
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
    assertEquals(await refusal(other.remove()), [404, 20404]);
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

/** Asks for a content as the SDK does not: without following a redirect. */
function fetchContent(url: string, authorization?: string): Promise<Response> {
  const headers = authorization ? { authorization } : undefined;
  return fetch(url, { redirect: "manual", headers });
}

const credentials = `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}`;

/** A picture of one dot, as a phone sends it. */
const DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

Deno.test("a content is behind the account's password, at another host that refuses the password", () =>
  withTwilio(async (standIn) => {
    const fields = { from: newPhone(), to: OUR_NUMBER, body: "Me" };
    const media = [{ url: DOT, content_type: "image/gif" }];
    await textFrom(standIn, { ...fields, media });
    const { MediaUrl0, MediaContentType0 } = standIn.posts[0].form;
    assertMatch(
      MediaUrl0,
      /^https:\/\/api\.twilio\.com\/2010-04-01\/Accounts\/AC0{32}\/Messages\/MM[0-9a-f]{32}\/Media\/ME[0-9a-f]{32}$/,
    );
    assertEquals(MediaContentType0, "image/gif");
    const url = MediaUrl0.replace("https://api.twilio.com", standIn.url);
    const unsigned = await fetchContent(url);
    assertEquals([unsigned.status, (await unsigned.json()).code], [401, 20003]);

    const redirect = await fetchContent(url, credentials);
    await redirect.body?.cancel();
    const location = redirect.headers.get("location") ?? "";
    assertEquals(redirect.status, 307);
    assertEquals(new URL(location).hostname, "127.0.0.1");
    assert(new URL(location).port !== new URL(standIn.url).port, location);
    const refused = await fetchContent(location, credentials);
    await refused.body?.cancel();
    assertEquals(refused.status, 400);
    const content = await fetchContent(location);
    assertEquals(content.headers.get("content-type"), "image/gif");
    assertEquals(await content.bytes(), await (await fetch(DOT)).bytes());
  }));

Deno.test("a picture at an address has a sample for its content, because no host is called", () =>
  withTwilio(async (standIn) => {
    const sid = await textPictures(standIn);
    const contents = await Promise.all(
      (await standIn.client.messages(sid).media.list()).map(async ({ uri }) => {
        const redirect = await fetchContent(standIn.url + uri.replace(".json", ""), credentials);
        await redirect.body?.cancel();
        const content = await fetchContent(redirect.headers.get("location") ?? "");
        return [content.headers.get("content-type"), (await content.bytes()).length > 10];
      }),
    );
    assertEquals(contents, [["image/png", true], ["image/png", true], ["application/pdf", true]]);
  }));

Deno.test("a medium that was deleted is in no list, and its message stays", () =>
  withTwilio(async (standIn) => {
    const message = standIn.client.messages(await textPictures(standIn));
    const [first, ...others] = await message.media.list();
    assertEquals(await message.media(first.sid).remove(), true);
    assertEquals(await refusal(message.media(first.sid).fetch()), [404, 20404]);
    assertEquals(await refusal(message.media(first.sid).remove()), [404, 20404]);
    assertEquals(
      (await message.media.list()).map(({ sid }) => sid),
      others.map(({ sid }) => sid),
    );
    assertEquals((await message.fetch()).numMedia, "3");
    const content = await fetchContent(
      standIn.url + first.uri.replace(".json", ""),
      credentials,
    );
    assertEquals((await content.json()).code, 20404);
  }));
