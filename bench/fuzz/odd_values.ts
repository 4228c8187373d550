/**
 * Names and values that break parsers, as fast-check makes them.
 *
 * @module
 */
import fc from "fast-check";
import { anyText } from "./any_text.ts";

/**
 * A mark in most texts, names and queries. A log line must not hold it. Its hyphen makes every
 * MessageSid and MessageStatus with it invalid, because a log may hold valid ones.
 */
export const MARK = "fuzz-secret";

/** The prefix of every phone of the fuzzer, by which phones in log lines are found. */
export const PHONE_PREFIX = "+1555017744";

/** Appends the mark to most texts. */
const marked = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(text, fc.constantFrom(MARK, MARK, MARK, "")).map((parts) => parts.join(""));

/**
 * Odd text: other scripts, NUL, lone surrogates, bidi marks, emoji, numbers, URLs, quotes,
 * keywords.
 */
export const oddText: fc.Arbitrary<string> = marked(fc.oneof(
  fc.constantFrom(
    ...["", " ", "\0", "a\0b", "\uD800", "\uDC00x", "\uFEFF", "\uFFFD", "\uFFFF", "\r\n", "\t"],
    ...[
      "\u202Eevil\u202C",
      "\u2066x\u2069",
      "\u200D",
      "e\u0301\u0323",
      "\u0130",
      "\u00DF",
      "\u01C5",
    ],
    ...["\u{1F469}\u200D\u{1F467}", "\u{1F1FA}\u{1F1F8}", "\u{E0001}", "\u{10FFFF}"],
    ...["null", "undefined", "true", "NaN", "0", "-0", "-1", "1e309", "0x10", "2147483648"],
    ...["99999999999999999999", "1.5", "\u0663", "{}", "[]", "\\u0000", "\\", '"', "'", "`"],
    ...["'; drop table recruiting_messages; --", "$1", "${x}", "%s", "<script>", "../../etc"],
    ...["https://example.com/a?b=c&d=e#f", "javascript:alert(1)", "//", "http://[::1", "a:b"],
    ...["STOP", " stop. ", "Start", "YES", "help", "please stop texting me", "unstop", "s t o p"],
  ),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  anyText(40),
));

/** Long text, on which a backtracking pattern would take very long. */
export const longText: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom("a", " ", "stop ", "\n", "a ", "\u{1F600}", "\u0301", "don't ", "=", "."),
  fc.constantFrom(160, 1_600, 1_601, 8_000),
).map(([part, times]) => part.repeat(times).slice(0, 8_000) + MARK);

/** Invalid percent-encoding: invalid UTF-8, broken escapes, raw characters. */
const brokenEncoding: fc.Arbitrary<string> = marked(
  fc.array(
    fc.constantFrom(
      ...["%00", "%FF", "%ED%A0%80", "%ED%B0%80", "%C0%80", "%F4%90%80%80", "%E2%82", "%EF%BB%BF"],
      ...["%", "%%", "%zz", "%u0041", "%2", "+", "=", "==", "%26", "%3D", "%2B", "%25", "%0D%0A"],
      ...["\u00E9", "\u{1F600}", ";", "#", "?", "/", '"', "\\", "\0", " "],
    ),
    { minLength: 1, maxLength: 4 },
  ).map((parts) => parts.join("")),
);

/** Encodes text for a form. */
export function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** A value in a form, encoded or broken. */
export const oddValue: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: oddText.map(encoded) },
  { weight: 2, arbitrary: brokenEncoding },
  { weight: 1, arbitrary: longText.map(encoded) },
);

/** Names of an object's own properties, names similar to Twilio's, and rare names of Twilio's. */
export const ODD_NAMES = [
  ...["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "toJSON"],
  ...["then", "length", "", " ", "0", "-1", "messagesid", "MESSAGESID", "MessageSid ", "Body[]"],
  ...[
    "Body.x",
    "MediaUrl",
    "MediaUrl-1",
    "MediaUrl007",
    "MediaUrl1000",
    "MediaUrl999",
    "MediaUrl1",
  ],
  ...["MediaContentType1", "OptOutType", "ErrorCode", "ErrorMessage", "ChannelPrefix", "SmsSid"],
  ...["MessagingServiceSid", "ProfileName", "ButtonPayload", "Latitude", "bodySHA256", "message"],
];

/** A field's name in a form. */
export const oddName: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ODD_NAMES).map(encoded) },
  { weight: 1, arbitrary: oddValue },
);

/** A query's value, without characters that a client or a server would rewrite. */
export const queryValue: fc.Arbitrary<string> = fc.oneof(
  oddText.map((text) => encoded(text).replaceAll("'", "%27")),
  fc.constantFrom("%00", "%FF", "%zz", "%", "+", "a;b", "a:b@c", "/x?y", "%27".repeat(2_600)),
);
