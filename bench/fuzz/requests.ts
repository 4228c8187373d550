/**
 * Arbitrary requests to the webhooks: Twilio's requests with changes.
 *
 * @module
 */
import fc from "fast-check";
import { getExpectedBodyHash } from "twilio/lib/webhooks/webhooks.js";
import {
  bodyText,
  type ContentType,
  type HostileRequest,
  type Webhook,
} from "./hostile_request.ts";
import {
  encoded,
  longText,
  MARK,
  ODD_NAMES,
  oddName,
  oddText,
  oddValue,
  PHONE_PREFIX,
  queryValue,
} from "./odd_values.ts";
import { SIGNATURE_NAMES } from "./signatures.ts";
import type { World } from "./world.ts";

/** A field in a form: name and value, both encoded. */
type Field = [name: string, value: string];

const FORM_TYPES = [
  "application/x-www-form-urlencoded",
  "application/x-www-form-urlencoded; charset=UTF-8",
  "APPLICATION/X-WWW-FORM-URLENCODED ;a=b",
];
const JSON_TYPES = ["application/json", "application/json; charset=utf-8", "Application/JSON;"];
const OTHER_TYPES = [
  undefined,
  "",
  "text/plain",
  "text/json",
  "multipart/form-data; boundary=x",
  "application/x-www-form-urlencodedx",
  "application/jsonp",
  "application/json, text/plain",
  `x/${MARK}`,
  "; application/json",
];
const OTHER_METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Twilio's statuses, similar words, and other words. */
const STATUSES = [
  ...["queued", "sending", "sent", "delivered", "undelivered", "failed", "read", "accepted"],
  ...["scheduled", "canceled", "partially_delivered", "receiving", "received", "unknown_word"],
  ...["constructor", "__proto__", "null", "a".repeat(32)],
];

/** Last bytes of a body: incomplete characters, and NUL. */
const LAST_BYTES = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf0, 0x9f], [0]];

/**
 * Makes the arbitrary of all requests.
 *
 * @param world The rows that requests refer to.
 * @param withStalls Whether a few bodies never end. Each of those takes 10 s.
 */
export function hostileRequest(world: World, withStalls: boolean): fc.Arbitrary<HostileRequest> {
  return fc.constantFrom<Webhook>("sms-inbound", "sms-status").chain((webhook) =>
    fc.record({
      webhook: fc.constant(webhook),
      method: rarely(25, fc.constant("POST"), fc.constantFrom(...OTHER_METHODS)),
      signature: fc.oneof(
        { weight: 2, arbitrary: fc.constant("valid" as const) },
        { weight: 1, arbitrary: fc.constantFrom(...SIGNATURE_NAMES) },
      ),
      delivery: fc.oneof(
        { weight: 3_500, arbitrary: fc.constant("length" as const) },
        { weight: 500, arbitrary: fc.constant("chunked" as const) },
        { weight: 20, arbitrary: fc.constant("aborted" as const) },
        { weight: withStalls ? 1 : 0, arbitrary: fc.constant("stalled" as const) },
      ),
      userAgent: fc.constantFrom(undefined, "TwilioProxy/1.1", `${MARK}/1`),
      payload: fc.oneof(
        { weight: 4, arbitrary: formPayload(webhook, world) },
        { weight: 1, arbitrary: jsonPayload(webhook, world) },
      ),
    }).map(({ payload, ...request }) => {
      // A body of at most one byte cannot stall before its last byte.
      const isWhole = payload.body.length < 2;
      return { ...request, ...payload, delivery: isWhole ? "length" as const : request.delivery };
    })
  );
}

type Payload = Pick<HostileRequest, "contentType" | "query" | "body">;

function rarely<Value>(
  odds: number,
  usual: fc.Arbitrary<Value>,
  odd: fc.Arbitrary<Value>,
): fc.Arbitrary<Value> {
  return fc.oneof({ weight: odds, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

/**
 * A form: Twilio's fields, some odd, missing or repeated, others beside them, padded or flooded.
 */
function formPayload(webhook: Webhook, world: World): fc.Arbitrary<Payload> {
  return fc.record({
    contentType: contentType("form"),
    query: query(world),
    fields: fieldsOf(webhook, world),
    others: fc.array(fc.tuple(oddName, oddValue), { maxLength: 3 }),
    othersFirst: fc.boolean(),
    repeated: rarely(12, fc.constant(undefined), fc.tuple(fc.nat(), oddValue)),
    flood: rarely(40, fc.constant(undefined), flood),
    paddedTo: rarely(40, fc.constant(undefined), paddedTo),
    lastBytes: rarely(30, fc.constant<number[]>([]), fc.constantFrom(...LAST_BYTES)),
  }).map(({ contentType, query, lastBytes, ...parts }) => ({
    contentType,
    query,
    body: bytes(formText(parts), lastBytes),
  }));
}

function formText({ fields, others, othersFirst, repeated, flood, paddedTo }: {
  fields: Field[];
  others: Field[];
  othersFirst: boolean;
  repeated: [number, string] | undefined;
  flood: { count: number; name: (index: number) => string } | undefined;
  paddedTo: number | undefined;
}): string {
  const all = othersFirst ? [...others, ...fields] : [...fields, ...others];
  if (repeated && all.length > 0) {
    const [index, value] = repeated;
    const [name, before] = all[index % all.length];
    // Twilio's signature is the same for a repeated value, so half of the repeats have it.
    all.push([name, index % 2 === 0 ? before : value]);
  }
  if (flood) {
    while (all.length < flood.count) all.push([flood.name(all.length), "v"]);
  }
  const text = all.map((field) => field.join("=")).join("&");
  const missing = (paddedTo ?? 0) - new TextEncoder().encode(`${text}&Pad=`).length;
  return missing > 0 ? `${text}&Pad=${"a".repeat(missing)}` : text;
}

/** A number of fields in all, with different names or the same name. */
const flood = fc.record({
  count: fc.constantFrom(199, 200, 201, 1_000, 5_000),
  name: fc.constantFrom((index: number) => `k${index}`, () => "Body", () => "__proto__", () => ""),
});

/** Body sizes around the limit, in bytes. */
const paddedTo = fc.constantFrom(65_535, 65_536, 65_537, 66_000);

type Hash = "right" | "wrong" | "upper case";

/** Wrong values of bodySHA256. The first of a repeated one counts. */
const WRONG_HASHES: Hash[][] = [
  [],
  ["wrong"],
  ["upper case"],
  ["wrong", "right"],
  ["right", "wrong"],
];

/** JSON with its hash in the query. Both may be wrong. */
function jsonPayload(webhook: Webhook, world: World): fc.Arbitrary<Payload> {
  return fc.record({
    contentType: contentType("json"),
    query: query(world),
    text: fc.oneof(
      { weight: 4, arbitrary: jsonForm(webhook, world) },
      { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
      { weight: 1, arbitrary: fc.constantFrom(...ODD_JSON) },
    ),
    lastBytes: rarely(20, fc.constant<number[]>([]), fc.constantFrom(...LAST_BYTES)),
    hashes: rarely(8, fc.constant<Hash[]>(["right"]), fc.constantFrom(...WRONG_HASHES)),
  }).map(({ contentType, query, text, lastBytes, hashes }) => {
    const body = bytes(text, lastBytes);
    const right = getExpectedBodyHash(bodyText(body));
    const values = { right, wrong: getExpectedBodyHash(""), "upper case": right.toUpperCase() };
    const parts = hashes.map((hash) => `bodySHA256=${values[hash]}`);
    const all = [query.slice(1), ...parts].filter((part) => part !== "").join("&");
    return { contentType, query: all === "" ? "" : `?${all}`, body };
  });
}

const ODD_JSON = [
  ...["", "null", "[]", "{}", '"text"', "1e999", "not json", "\uFEFF{}", '{"a":1', "{'a':1}"],
  '{"__proto__":{"MessageSid":"SM1"}}',
  '{"MessageSid":"SM1","MessageSid":"SM2","From":"+15550177440001","To":"+15550100000"}',
  '{"MessageSid":["SM1"],"From":["a","b"],"To":{}}',
  `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`,
  "[".repeat(60_000),
  `{"Body":"${"a".repeat(65_525)}"}`,
  `{"Body":"${"a".repeat(65_526)}"}`,
  `{${Array.from({ length: 5_000 }, (_, index) => `"k${index}":1`).join()}}`,
];

/** An object with Twilio's fields, and values of all of JSON's types. */
function jsonForm(webhook: Webhook, world: World): fc.Arbitrary<string> {
  const value = fc.oneof(
    oddText,
    longText,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(oddText, { maxLength: 3 }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  return fc.record({
    fields: fieldsOf(webhook, world),
    others: fc.array(fc.tuple(fc.oneof(oddText, fc.constantFrom(...ODD_NAMES)), value), {
      maxLength: 3,
    }),
    changed: rarely(4, fc.constant(undefined), fc.tuple(fc.nat(), value)),
  }).map(({ fields, others, changed }) => {
    const entries: [string, unknown][] = [
      ...fields.map(([name, value]): [string, unknown] => [name, decoded(value)]),
      ...others,
    ];
    if (changed && entries.length > 0) {
      const [index, value] = changed;
      entries[index % entries.length] = [entries[index % entries.length][0], value];
    }
    return JSON.stringify(Object.fromEntries(entries));
  });
}

function contentType(means: "form" | "json"): fc.Arbitrary<ContentType> {
  const types = means === "form" ? FORM_TYPES : JSON_TYPES;
  const others = means === "form" ? JSON_TYPES : FORM_TYPES;
  return fc.oneof(
    {
      weight: 25,
      arbitrary: fc.constantFrom(...types).map((header): ContentType => ({ header, means })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...others).map((header): ContentType => ({
        header,
        means: means === "form" ? "json" : "form",
      })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...OTHER_TYPES).map((header): ContentType => ({
        header,
        means: "neither",
      })),
    },
  );
}

/** A query: mostly empty, otherwise a callback's `message`, garbage, or both. */
function query({ messageIds }: World): fc.Arbitrary<string> {
  const message = fc.oneof(fc.constantFrom(...messageIds), fc.uuid(), queryValue);
  const part = fc.oneof(
    { weight: 3, arbitrary: message.map((value) => `message=${value}`) },
    { weight: 1, arbitrary: queryValue.map((value) => `q=${value}`) },
    { weight: 1, arbitrary: fc.constantFrom("", "message", "=", "__proto__=x", "bodySHA256=0") },
  );
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant("") },
    {
      weight: 1,
      arbitrary: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) =>
        `?${parts.join("&")}`
      ),
    },
  );
}

/** Twilio's fields. Each may be odd or missing. */
function fieldsOf(webhook: Webhook, world: World): fc.Arbitrary<Field[]> {
  const usual = webhook === "sms-inbound" ? textFields(world) : statusFields(world);
  return fc.tuple(
    ...Object.entries(usual).map(([name, value]) =>
      fc.oneof(
        { weight: 40, arbitrary: value.map((text): Field[] => [[name, encoded(text)]]) },
        { weight: 2, arbitrary: oddValue.map((text): Field[] => [[name, text]]) },
        { weight: 1, arbitrary: fc.constant<Field[]>([]) },
      )
    ),
  ).map((fields) => fields.flat());
}

function textFields(world: World): Record<string, fc.Arbitrary<string>> {
  return {
    MessageSid: newSid(["SM1", "MM2", `SM${"Z".repeat(32)}`]),
    AccountSid: fc.constant(`AC${"0".repeat(32)}`),
    From: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...world.recruits) }, address),
    To: fc.oneof(
      { weight: 9, arbitrary: fc.constant(world.sender) },
      { weight: 1, arbitrary: address },
    ),
    Body: fc.oneof({ weight: 4, arbitrary: oddText }, { weight: 1, arbitrary: longText }),
    NumMedia: fc.constantFrom("0", "1", "-1", "x"),
    NumSegments: fc.constantFrom("1", "2", "10001", "1.5", "", "x"),
    ApiVersion: fc.constant("2010-04-01"),
  };
}

function statusFields(world: World): Record<string, fc.Arbitrary<string>> {
  return {
    MessageSid: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...world.messageSids) },
      newSid(["SM3", "MM4", "ZZa"]),
    ),
    MessageStatus: fc.constantFrom(...STATUSES),
    AccountSid: fc.constant(`AC${"0".repeat(32)}`),
    From: fc.oneof({ weight: 3, arbitrary: fc.constant(world.sender) }, address),
    To: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...world.recruits) }, address),
    ErrorCode: fc.constantFrom("30003", "21610", "0", "1234567", "-1", ""),
    ChannelPrefix: fc.constantFrom("whatsapp", "rcs", "constructor", ""),
  };
}

const HEX = "0123456789abcdef".split("");

/**
 * The SID of a new message. A few are invalid.
 *
 * @param repeated Short ones, which repeat often. Texts and callbacks have others: Twilio gives no outbound
 * message the SID of a text.
 */
const newSid = (repeated: string[]) =>
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.array(fc.constantFrom(...HEX), { minLength: 32, maxLength: 32 }).map((digits) =>
        `SM${digits.join("")}`
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom(...repeated) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("SM", "sm1", "SM1\0", "SM1\n", "SM1-2", `SM${"a".repeat(33)}`),
    },
  );

/** Addresses of all channels, real and broken. */
const address = fc.oneof(
  fc.integer({ min: 5_000, max: 9_999 }).map((number) => `${PHONE_PREFIX}${number}`),
  fc.tuple(
    fc.constantFrom("whatsapp:", "rcs:", "messenger:", "sms:", "WhatsApp:", ":", "whatsapp:rcs:"),
    fc.oneof(fc.constant(`${PHONE_PREFIX}5000`), oddText),
  ).map((parts) => parts.join("")),
  fc.constantFrom("55501", `US.${MARK}`, `${PHONE_PREFIX}500000000`, "+0", "+"),
);

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function bytes(text: string, lastBytes: number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...new TextEncoder().encode(text), ...lastBytes]);
}
