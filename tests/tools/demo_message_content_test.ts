import { createClient } from "@supabase/supabase-js";
import {
  contentOf,
  type MessageContent,
} from "../../examples/inbox/page/thread/message_content.ts";
import { parseReaction, SYMBOLS } from "../../examples/inbox/page/thread/reaction.ts";
import { outboundAttachment } from "../../examples/inbox/page/inbox/message_attachments.ts";
import { profileNameOf } from "../../examples/inbox/page/inbox/message_columns.ts";
import { SignedUrls } from "../../examples/inbox/page/inbox/signed_urls.ts";
import { REACTIONS, sentText } from "../../local/stand_ins/twilio/phone_text.ts";
import { assert, assertEquals } from "../support/assert.ts";

Deno.test("every reaction that the phone sends is read as that reaction", () => {
  for (const kind of REACTIONS) {
    const { body } = sentText({
      from: "+15550100001",
      to: "+15550100000",
      body: "",
      media: [],
      is_lost: false,
      reaction: { kind, quoted: "Days or\nnights?" },
    });
    assertEquals(parseReaction(body), {
      symbol: SYMBOLS[kind],
      label: kind,
      quoted: "Days or\nnights?",
    });
    assert(SYMBOLS[kind], `${kind} has no symbol`);
  }
});

for (
  const [body, symbol, label, quoted] of [
    ['Liked "Hi"', "👍", "Liked", "Hi"],
    ["Loved an image", "❤️", "Loved an image", undefined],
    ["👍 to “Hi”", "👍", "Reacted", "Hi"],
    ["\u200a\u200b👍🏽\u200b to “\u200aHi\u200a” ", "👍🏽", "Reacted", "Hi"],
    ["Reacted ❤️‍🔥 to “Hi”", "❤️‍🔥", "Reacted", "Hi"],
    ["Removed a heart from “Hi”", undefined, "Removed a heart", "Hi"],
    ["Removed 👍 from “Hi”", undefined, "Removed 👍", "Hi"],
  ] as const
) {
  Deno.test(`${JSON.stringify(body)} is the reaction ${label}`, () => {
    assertEquals(parseReaction(body), { symbol, label, quoted });
  });
}

for (
  const body of [
    "Loved it",
    "Loved “Hi” and I will come",
    "Loved “Hi” but not “that”",
    "I liked “Hi”",
    "Liked an",
    "12 to “Hi”",
    "Removed a heart",
    "“Hi”",
    `Loved ${"“".repeat(10_000)}`,
  ]
) {
  Deno.test(`${JSON.stringify(body).slice(0, 40)} is shown as its words`, () => {
    assertEquals(parseReaction(body), undefined);
  });
}

const POINT = { Latitude: "39.7392358", Longitude: "-104.990251" };
const MAP = "https://www.openstreetmap.org/?mlat=39.7392358&mlon=-104.990251" +
  "#map=16/39.7392358/-104.990251";

for (
  const [label, message, content] of [
    ["words", { body: "Hi" }, { kind: "words", text: "Hi" }],
    ["a reaction", { body: "Liked “Hi”" }, {
      kind: "reaction",
      reaction: { symbol: "👍", label: "Liked", quoted: "Hi" },
    }],
    ["a whole place", {
      metadata: { ...POINT, Label: "The depot", Address: "12 Example Street" },
    }, {
      kind: "place",
      place: {
        label: "The depot",
        address: "12 Example Street",
        point: "39.73924, -104.99025",
        mapUrl: MAP,
      },
      text: undefined,
    }],
    ["a place with words, of repeated fields", {
      body: "Here",
      metadata: { Latitude: ["0", "5"], Longitude: ["-0"] },
    }, {
      kind: "place",
      place: {
        label: undefined,
        address: undefined,
        point: "0, 0",
        mapUrl: "https://www.openstreetmap.org/?mlat=0&mlon=0#map=16/0/0",
      },
      text: "Here",
    }],
    ["a button", { body: "Days", metadata: { ButtonText: "Days", ButtonPayload: "d" } }, {
      kind: "button",
      text: "Days",
    }],
    ["a button without words", { metadata: { ButtonPayload: "d" } }, { kind: "button", text: "d" }],
    ["pictures only", { media: [{ content_type: "image/jpeg" }] }, { kind: "media" }],
    ["nothing", { body: " \u200b" }, { kind: "wordless", text: "[no text]" }],
  ] as [string, Partial<Parameters<typeof contentOf>[0]>, MessageContent][]
) {
  Deno.test(`${label} is shown as ${content.kind}`, () => {
    assertEquals(contentOf({ body: "", media: [], metadata: null, ...message }), content);
  });
}

for (
  const [Latitude, Longitude] of [
    ["91", "0"],
    ["0", "-180.5"],
    ["1e1", "0"],
    ["0x10", "0"],
    ["NaN", "0"],
    ["1&layers=x", "0"],
    ['"><script>', "0"],
    [`0.${"1".repeat(200)}`, "0"],
  ]
) {
  Deno.test(`no map is named for ${Latitude.slice(0, 20)}, ${Longitude}`, () => {
    const content = contentOf({ body: "", media: [], metadata: { Latitude, Longitude } });
    assert(content.kind === "place", `it is shown as ${content.kind}`);
    assertEquals([content.place.mapUrl, content.place.point], [
      undefined,
      `${Latitude}, ${Longitude}`,
    ]);
  });
}

Deno.test("a quote of nothing but spaces, which no mark closes, is read at once", () => {
  // Steps that grow with the square of the length would take an hour here: the test would not end.
  assertEquals(parseReaction(`Loved “${" ".repeat(1_000_000)}x`), undefined);
});

Deno.test("a conversation without a name has the newest profile name", () => {
  const metadata = (ProfileName: unknown) => ({ metadata: { ProfileName } });
  assertEquals(profileNameOf([]), undefined);
  assertEquals(profileNameOf([{ metadata: null }, metadata(" ")]), undefined);
  assertEquals(profileNameOf([{ metadata: null }, metadata(["Zoë"]), metadata("Zo")]), "Zoë");
});

Deno.test("an attachment whose URL is malformed is a link, and the thread is shown all the same", () => {
  const signedUrls = new SignedUrls(createClient("http://localhost", "key"));
  for (const name of ["%E0%A4", "%"]) {
    const url = `https://a.example/storage/v1/object/sign/recruiting-attachments/${name}?token=x`;
    assertEquals(outboundAttachment({ url, content_type: null }, signedUrls).kind, "link");
  }
});
