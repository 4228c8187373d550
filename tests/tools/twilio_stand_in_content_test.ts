/** Templates in the stand-in for Twilio: the Content API, and messages that are templates. */
import { TEMPLATES } from "../../local/stand_ins/twilio/content_templates.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { assertAnswer } from "../support/twilio_openapi.ts";
import {
  ACCOUNT_SID,
  clientFor,
  create,
  get,
  messagesUrl,
  refusal,
  type StandIn,
  text,
  withTwilio,
} from "../support/twilio_stand_in.ts";

const [RECEIVED, REMINDER, OFFER, , PICTURE] = TEMPLATES;

/** Twilio's own client, which calls the stand-in for the Content API too. */
function contentOf({ url, client }: Pick<StandIn, "url" | "client">) {
  client.content.baseUrl = url;
  return client.content.v1.contents;
}

Deno.test("templates are fetched and listed, in Twilio's form", () =>
  withTwilio(async (standIn) => {
    const fetched = await contentOf(standIn)(RECEIVED.sid).fetch();
    assertEquals([fetched.sid, fetched.friendlyName, fetched.accountSid], [
      RECEIVED.sid,
      "application_received",
      ACCOUNT_SID,
    ]);
    assert(fetched.dateCreated instanceof Date, `date_created is ${fetched.dateCreated}`);
    const listed = await contentOf(standIn).list();
    assertEquals(listed.map(({ sid }) => sid), TEMPLATES.map(({ sid }) => sid));

    const list = await get(`${standIn.url}/v1/Content`);
    assertAnswer("contentList", list);
    assertEquals([list.meta.key, list.meta.next_page_url], ["contents", null]);
    for (const template of list.contents) assertAnswer("content", template);
    assertAnswer("content", await get(`${standIn.url}/v1/Content/${PICTURE.sid}`));
  }));

Deno.test("templates come in pages, forwards and backwards", () =>
  withTwilio(async (standIn) => {
    const sids = (await contentOf(standIn).list({ pageSize: 2 })).map(({ sid }) => sid);
    assertEquals(sids, TEMPLATES.map(({ sid }) => sid));
    const first = await get(`${standIn.url}/v1/Content?PageSize=2`);
    const second = await get(first.meta.next_page_url);
    assertEquals(second.contents.map(({ sid }: { sid: string }) => sid), sids.slice(2, 4));
    assertEquals((await get(second.meta.previous_page_url)).contents, first.contents);
  }));

Deno.test("the Content API refuses what Twilio refuses", () =>
  withTwilio(async (standIn) => {
    const contents = contentOf(standIn);
    assertEquals(await refusal(contents(`HX${"f".repeat(32)}`).fetch()), [404, 20404]);
    assertEquals(await refusal(contents(RECEIVED.sid).remove()), [405, 20004]);
    const stranger = clientFor(standIn.url, ACCOUNT_SID, "wrong");
    assertEquals(await refusal(contentOf({ ...standIn, client: stranger }).list()), [401, 20003]);
    for (const query of ["PageSize=0", "PageSize=1001", "Language=en"]) {
      assertEquals((await get(`${standIn.url}/v1/Content?${query}`)).code, 20001);
    }
    assertEquals((await get(`${standIn.url}/v1/Content/${RECEIVED.sid}/More`)).code, 20404);
  }));

for (
  const [label, contentSid, variables, body] of [
    [
      "its own values",
      RECEIVED.sid,
      undefined,
      "Hi there, thanks for applying for the job. Do you have a minute for three quick questions?",
    ],
    [
      "given values",
      RECEIVED.sid,
      { "1": "Ada", "2": "{{1}} $&" },
      "Hi Ada, thanks for applying for {{1}} $&. Do you have a minute for three quick questions?",
    ],
    [
      "a text beside buttons",
      REMINDER.sid,
      { "1": "at 9" },
      "Your interview is at 9. Can you make it? Answer YES or NO.",
    ],
    [
      "named variables",
      OFFER.sid,
      { first_name: "Ada", other: "x" },
      "Hello Ada, a shift is free at the depot. Are you in?",
    ],
    ["a picture alone", PICTURE.sid, undefined, ""],
  ] as [string, string, Record<string, string> | undefined, string][]
) {
  Deno.test(`a message is the template with ${label}`, () =>
    withTwilio(async ({ url, client }) => {
      const contentVariables = variables && JSON.stringify(variables);
      const { sid } = await client.messages.create(
        text({ body: undefined, contentSid, contentVariables }),
      );
      const message = await get(`${messagesUrl(url)}/${sid}.json`);
      assertAnswer("message", message);
      assertEquals([message.body, message.num_media], [
        body,
        contentSid === PICTURE.sid ? "1" : "0",
      ]);
    }));
}

for (
  const [label, form, code] of [
    ["an unknown template", { ContentSid: `HX${"f".repeat(32)}` }, 21655],
    ["a SID of another form", { ContentSid: "HX1" }, 20001],
    ["variables that are no JSON", { ContentSid: RECEIVED.sid, ContentVariables: "1=Ada" }, 21656],
    ["variables in a list", { ContentSid: RECEIVED.sid, ContentVariables: '["Ada"]' }, 21656],
    [
      "a variable that is null",
      { ContentSid: RECEIVED.sid, ContentVariables: '{"1":null}' },
      21656,
    ],
    ["a variable that is empty", { ContentSid: RECEIVED.sid, ContentVariables: '{"1":""}' }, 21656],
    [
      "a variable that is a number",
      { ContentSid: RECEIVED.sid, ContentVariables: '{"1":1}' },
      21656,
    ],
    ["variables without a template", { Body: "Hi", ContentVariables: '{"1":"Ada"}' }, 21654],
  ] as [string, Record<string, string>, number][]
) {
  Deno.test(`a message with ${label} is refused with ${code}`, () =>
    withTwilio(async ({ url }) => {
      const { To, From } = { To: text().to, From: text().from };
      const { status, json } = await create(url, Object.entries({ To, From, ...form }));
      assertEquals([status, json.code], [400, code]);
      assertEquals(
        (await get(`${messagesUrl(url)}.json?To=${encodeURIComponent(To)}`)).messages,
        [],
      );
    }));
}
