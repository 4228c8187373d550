import { type MessageColumns, messageWords as wordsOnScreens } from "../../client/message_words.ts";
import { messageWords } from "../../supabase/functions/_shared/inbound/message_words.ts";
import { assertEquals } from "../support/assert.ts";

const POINT = { Latitude: "39.7392", Longitude: "-104.9903" };
const PLACE = { Label: "The depot", Address: "12 Example Street, Denver" };

for (
  const [label, message, words] of [
    ["the body, as it is", { body: " Hi\n" }, " Hi\n"],
    ["the body, also beside a location, a button and a picture", {
      body: "Days",
      media: ["image/jpeg"],
      metadata: { ...POINT, ButtonText: "Days" },
    }, "Days"],
    ["an emoji that is held together by invisible characters", { body: "👩‍🔧" }, "👩‍🔧"],
    ["nothing", {}, "[no text]"],
    ["white space only", { body: " \n\t\u00a0\u3000" }, "[no text]"],
    [
      "invisible characters only",
      { body: "\u200b\u200d\ufeff\u00ad\u2060\ufe0f\u3164\u2800\u202e\u0007" },
      "[no text]",
    ],
    [
      "a whole location",
      { metadata: { ...POINT, ...PLACE } },
      "[location: The depot, 12 Example Street, Denver (39.7392, -104.9903)]",
    ],
    ["a location without names", { metadata: POINT }, "[location: (39.7392, -104.9903)]"],
    ["a location without an address", {
      metadata: { ...POINT, Label: "The depot", Address: " " },
    }, "[location: The depot (39.7392, -104.9903)]"],
    ["a location without a label, beside white space", {
      body: "\u200b ",
      metadata: { ...POINT, Address: "12 Example\nStreet" },
    }, "[location: 12 Example Street (39.7392, -104.9903)]"],
    ["half a point", { metadata: { Latitude: "39.7392", Label: "Here" } }, "[location: Here]"],
    ["half a point alone", { metadata: { Longitude: "-104.9903" } }, "[no text]"],
    ["a repeated field's first value", {
      metadata: { Latitude: ["1", "2"], Longitude: ["3", "4"], Label: [] },
    }, "[location: (1, 3)]"],
    ["a button", { metadata: { ButtonText: "Days", ButtonPayload: "days" } }, "[button: Days]"],
    ["a button without a text", { metadata: { ButtonPayload: "days" } }, "[button: days]"],
    ["pictures", { media: ["image/jpeg", "video/mp4"] }, "[image/jpeg]\n[video/mp4]"],
    ["attachments without a type", { media: [null, ""] }, "[attachment]\n[attachment]"],
    [
      "a location, a button and a picture",
      { media: ["image/jpeg"], metadata: { ButtonText: "Here", ...POINT } },
      "[location: (39.7392, -104.9903)]\n[button: Here]\n[image/jpeg]",
    ],
    ["other fields only", { metadata: { ProfileName: "Ada", WaId: "15550100001" } }, "[no text]"],
    ["values that are no text", { metadata: { Label: 1, ButtonText: { a: "b" } } }, "[no text]"],
  ] as [
    string,
    Partial<Pick<MessageColumns, "body" | "metadata"> & { media: (string | null)[] }>,
    string,
  ][]
) {
  for (
    const [where, wordsOf] of [
      ["a function", messageWords],
      ["a screen", wordsOnScreens],
    ] as const
  ) {
    Deno.test(`${where} reads the words of ${label}`, () => {
      const { body = "", media = [], metadata = null } = message;
      assertEquals(
        wordsOf({ body, media: media.map((content_type) => ({ content_type })), metadata }),
        words,
      );
    });
  }
}
