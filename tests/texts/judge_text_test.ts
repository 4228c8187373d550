import { CHANNELS } from "../../supabase/functions/_shared/twilio/channel_address.ts";
import { Constants } from "../../supabase/functions/_shared/database/database.constants.ts";
import {
  judgeText,
  type TextToJudge,
} from "../../supabase/functions/_shared/opt_out/judge_text.ts";
import {
  judgeAtFirstLook,
  judgeInbound,
} from "../../supabase/functions/_shared/opt_out/first_look.ts";
import fc from "fast-check";
import { anyText } from "../../bench/fuzz/any_text.ts";
import { assert, assertEquals } from "../support/assert.ts";

const VERDICTS = Constants.public.Enums.recruiting_verdict;

const judge = (body: string, text: Partial<TextToJudge> = {}) =>
  judgeText({ body, channel: "sms", twilioPhone: "+15550100000", ...text });

/** Bodies, and "verdict" or "verdict source". */
const BARE_WORDS: [body: string, expected: string][] = [
  ["STOP", "stop keyword"],
  ["stop", "stop keyword"],
  ["  Stop. ", "stop keyword"],
  ["\nStopAll\n", "stop keyword"],
  ["stop!!!", "stop keyword"],
  ['"STOP"', "stop keyword"],
  [`STOP${" ".repeat(300)}`, "stop keyword"],
  ["STOP\u00a0", "stop keyword"],
  ["\u200b\u3000stop\u2003.\ufeff", "stop keyword"],
  ["STOP\0", "stop keyword"],
  ["unsubscribe", "stop keyword"],
  ["END", "stop keyword"],
  ["quit", "stop keyword"],
  ["revoke", "stop keyword"],
  ["OptOut", "stop keyword"],
  ["cancel", "stop keyword"],
  ["START", "start keyword"],
  ["unstop.", "start keyword"],
  ["yes", "yes"],
  [" Yes! ", "yes"],
  ["help", "help"],
  ["INFO.", "help"],
  ["Stop?", "doubt"],
  ["", "reply"],
  [" \n ", "reply"],
  ["...", "reply"],
  ["Help please", "reply"],
  ["Yes, days", "reply"],
  ["yes 👍", "reply"],
  ["start me on Monday", "reply"],
  ["Stop by tomorrow?", "reply"],
  ["Cancel my interview please", "reply"],
  ["don't stop", "reply"],
  [`x${" ".repeat(100_000)}STOP`, "reply"],
];

for (const [body, expected] of BARE_WORDS) {
  Deno.test(`the whole body ${JSON.stringify(body.slice(0, 30))} is ${expected}`, () => {
    const { verdict, source } = judge(body);
    assertEquals([verdict, source].filter((word) => word !== null).join(" "), expected);
  });
}

const STOP_KEYWORDS =
  "STOP UNSUBSCRIBE END QUIT STOPALL REVOKE OPTOUT CANCEL ALTO PARAR BAJA CANCELAR DETENER ARRET ARRÊT SAIR";

for (const word of STOP_KEYWORDS.split(" ")) {
  Deno.test(`${word} is a stop in any case, with what people add to it`, () => {
    const lower = word.toLowerCase();
    const bodies = [
      lower,
      `${word}.`,
      `${word} please`,
      `Por favor ${lower}`,
      `${lower} s'il vous plaît`,
      `${word}, thank you`,
      `${lower} ${lower}`,
      `${word}\nSent from my iPhone`,
      `${word}\n\nEnviado desde mi iPhone`,
      `${word}\n--\nJane Doe\nDriver, nights and weekends`,
      `${word}\nJane van Doe`,
      `${word}\n- Jane Q. Doe`,
      `${word}\n--\n${"This message is confidential.\n".repeat(2000)}`,
    ];
    for (const body of bodies) assertEquals([body, judge(body).verdict], [body, "stop"]);
  });
}

Deno.test("only a bare word that Twilio acts on is a keyword; the rest is wording", () => {
  for (const body of ["stop please", "STOP STOP", "ALTO", "sair", "ＳＴＯＰ", "stop texting me"]) {
    assertEquals([body, judge(body).source], [body, "wording"]);
  }
});

Deno.test("a keyword with something behind it that is no sentence is noticed", () => {
  for (
    const body of [
      "STOP 12345",
      "Stop2End",
      "stop 2 end",
      "stop!!!1",
      "STOP END",
      "🛑",
      "🛑🛑",
      "🛑 stop",
      "stop 😂",
      "Stop 3",
      "cancel 4471",
      "cancel #4471",
      "sair #2",
      "ALTO123",
      "parar123",
      "S.T.O.P",
      "s t o p",
      "stop-",
    ]
  ) {
    const { verdict } = judge(body);
    assert(verdict === "stop" || verdict === "doubt", `${body} is ${verdict}`);
  }
});

Deno.test("a keyword with a typing error is noticed where it stands alone", () => {
  for (const body of ["Stpo", "sotp!", "STIP", "Atop", "cancle", "cancell pls", "st0p"]) {
    assertEquals([body, judge(body).verdict], [body, "doubt"]);
  }
  for (const body of ["Shop", "step", "top", "stop by the shop?", "the desk atop the stairs"]) {
    assertEquals([body, judge(body).verdict], [body, "reply"]);
  }
});

Deno.test("what stands on the line below an everyday word makes it no stop", () => {
  assertEquals(judge("cancel\nmy interview").verdict, "doubt");
  assertEquals(judge("end\nof my shift is at five").verdict, "reply");
});

Deno.test("OptOutType is Twilio's own verdict, and Twilio has answered", () => {
  const typed = (optOutType: string) => judge("anything", { optOutType });
  assertEquals(typed("STOP"), { verdict: "stop", source: "keyword" });
  assertEquals(typed("stop"), { verdict: "stop", source: "keyword" });
  assertEquals(typed("START"), { verdict: "start", source: "keyword" });
  assertEquals(typed("HELP"), { verdict: "help", source: null });
  assertEquals(typed("SOMETHING_NEW"), { verdict: "help", source: null });
  assertEquals(typed(""), { verdict: "reply", source: null });
  assertEquals(judge("HELP", { channel: "whatsapp", optOutType: "HELP" }).verdict, "help");
});

Deno.test("HELP is help only where Twilio answers it", () => {
  assertEquals(judge("HELP", { twilioPhone: "72345" }).verdict, "reply");
  for (const channel of CHANNELS) {
    assertEquals(judge("INFO", { channel }).verdict, channel === "sms" ? "help" : "reply");
  }
});

Deno.test("YES is an opt-in only on SMS", () => {
  for (const channel of CHANNELS) {
    assertEquals(judge("YES", { channel }).verdict, channel === "sms" ? "yes" : "reply");
  }
});

Deno.test("a button's words are ours: only what cannot mean anything else is a stop", () => {
  const button = (body: string) => judge(body, { channel: "whatsapp", buttonText: body });
  for (
    const body of [
      "STOP",
      "Unsubscribe",
      "Stop promotions",
      "Detener promociones",
      "Arrêter les promotions",
      "Parar promoções",
      "Opt out",
      "Stop texting me",
    ]
  ) {
    assertEquals([body, button(body).verdict], [body, "stop"]);
  }
  for (
    const body of [
      "Cancel",
      "End",
      "Quit",
      "Cancelar",
      "Baja",
      "Sair",
      "Parar",
      "Not interested",
      "Wrong number",
      "Yes",
      "Help",
      "Start",
    ]
  ) {
    assertEquals([body, button(body).verdict], [body, "reply"]);
  }
  assertEquals(judge("Cancel", { buttonPayload: "cancel_interview" }).verdict, "reply");
  assertEquals(judge("", { buttonText: "STOP" }), { verdict: "stop", source: "keyword" });
});

Deno.test("quoted words are not the recruit's, and the recruit's own are heard", () => {
  assertEquals(judge("Liked “Reply STOP to opt out”"), { verdict: "none", source: null });
  assertEquals(judge("> Reply STOP to opt out").verdict, "none");
  assertEquals(judge("> Cancel my interview\n> STOP").verdict, "none");
  for (const body of [">stop", "> STOP.", ">>> STOP <<<", "&gt; unsubscribe", " > alto\n"]) {
    assertEquals([body, judge(body)], [body, { verdict: "stop", source: "wording" }]);
  }
  assertEquals(judge("Loved “Hi, still looking?”\nSTOP"), { verdict: "stop", source: "wording" });
  assertEquals(judge("Loved “Hi, still looking?” yes").verdict, "reply");
  assertEquals(judge("sounds good\n> Reply STOP to opt out").verdict, "reply");
  assertEquals(judge('I loved "Hamilton", reply STOP?').verdict, "doubt");
  assertEquals(judge("Loved it! stop texting me").verdict, "stop");
  // Words that are an opt-out count for more than the line on which a keyword stands.
  assertEquals(judge("Thanks but no\n\nSTOP").verdict, "stop");
});

const ASKED: [body: string, needsPatterns: boolean][] = [
  ["Hello, is the position still open?", false],
  ["I can start on Monday. What should I bring?", false],
  ["Liked “Reply STOP to opt out”", false],
  ["STOP", false],
  ["stop please", false],
  ["Sounds good. Stop.", true],
  ["please do not text me again", true],
  ["my dog won't stop barking", false],
  ["no more messages please", true],
];

Deno.test("only a text that may be an opt-out needs the patterns, and a webhook judges it as they do", async () => {
  for (const [body, needsPatterns] of ASKED) {
    for (const text of [{}, { optOutType: "HELP" }] as Partial<TextToJudge>[]) {
      const asked: TextToJudge = { body, channel: "sms", twilioPhone: "+15550100000", ...text };
      assertEquals([body, judgeAtFirstLook(asked) === undefined], [body, needsPatterns]);
      assertEquals([body, await judgeInbound(asked)], [body, judgeText(asked)]);
    }
  }
});

Deno.test("any string at all has a verdict, and nothing is thrown", () => {
  const unit = fc.oneof(
    anyText(),
    fc.constantFrom(
      "\ud800",
      "\udfff",
      "\0",
      "“",
      "”",
      "> ",
      "\n",
      "stop",
      "Liked ",
      "'",
      "🛑",
      "…",
    ),
  );
  const bodies = fc.array(unit, { maxLength: 40 }).map((units) => units.join(""));
  fc.assert(
    fc.property(bodies, fc.constantFrom(...CHANNELS), (body, channel) => {
      const { verdict } = judge(body, { channel });
      assert(VERDICTS.includes(verdict), `verdict ${verdict}`);
    }),
    { numRuns: 2000 },
  );
  for (const unit of ["“", ">\n", "' ", "\ud800", "\0", "Liked “", "stop ", ":\n>\n"]) {
    const { verdict } = judge(unit.repeat(65_536 / unit.length));
    assert(VERDICTS.includes(verdict), `verdict ${verdict} of ${JSON.stringify(unit)}`);
  }
});
