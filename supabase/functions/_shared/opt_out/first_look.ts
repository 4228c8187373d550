/**
 * Judges the texts that need no pattern of wording, which are nearly all: keywords, reactions, and ordinary
 * texts.
 *
 * @module
 */
import type { Judgement, TextToJudge } from "./judge_text.ts";
import { hasStopSentence, isClear, isPleasantry, stopKeyword, twilioKeyword } from "./keywords.ts";
import { optOutLogOdds } from "./likelihood.ts";
import { splitQuoted } from "./quoted_words.ts";

/** A text whose likeliest sentence has no more log-odds is ordinary. The patterns, which cost more, are not tried. */
const ORDINARY = -3;

const REPLY: Judgement = { verdict: "reply", source: null };

/**
 * Judges a text. It never throws.
 *
 * @returns The judgement; undefined if only the patterns can decide.
 * @see https://help.twilio.com/articles/223134027
 */
export function judgeAtFirstLook(text: TextToJudge): Judgement | undefined {
  switch (text.optOutType?.trim().toUpperCase()) {
    case "STOP":
      return { verdict: "stop", source: "keyword" };
    case "START":
      return { verdict: "start", source: "keyword" };
  }
  const judgement = judgeBody(text);
  return judgement && withOptOutType(judgement, text);
}

/**
 * Judges a text as `judgeText` does. The first text that needs the patterns loads them.
 *
 * @returns The judgement. It rejects only if the patterns cannot be loaded.
 */
export async function judgeInbound(text: TextToJudge): Promise<Judgement> {
  const judgement = judgeAtFirstLook(text);
  if (judgement) return judgement;
  const { judgeText } = await import("./judge_text.ts");
  return judgeText(text);
}

/** A text with any other OptOutType is for Twilio, which has replied to it, unless it may be an opt-out. */
export function withOptOutType(judgement: Judgement, { optOutType }: TextToJudge): Judgement {
  const mayBeStop = judgement.verdict === "stop" || judgement.verdict === "doubt";
  return optOutType && !mayBeStop ? { verdict: "help", source: null } : judgement;
}

/** The label of a pressed button; undefined for a text. */
export function buttonLabel({ body, buttonText, buttonPayload }: TextToJudge): string | undefined {
  if (!buttonText && !buttonPayload) return undefined;
  return body.trim() === "" ? buttonText ?? "" : body;
}

function judgeBody(text: TextToJudge): Judgement | undefined {
  const label = buttonLabel(text);
  if (label !== undefined) return judgeLabel(label);
  const keyword = twilioKeyword(text.body);
  switch (keyword) {
    case "stop":
    case "start":
      return { verdict: keyword, source: "keyword" };
    case "yes":
      return text.channel === "sms" ? { verdict: "yes", source: null } : REPLY;
    case "help":
      // Twilio answers HELP on phone numbers only, and not on short codes and other channels.
      return text.channel === "sms" && text.twilioPhone.startsWith("+")
        ? { verdict: "help", source: null }
        : REPLY;
  }
  const { own, isReaction } = splitQuoted(text.body);
  if (own === "") {
    if (text.body.trim() === "") return REPLY;
    return !isReaction && isMarkedStop(text.body)
      ? { verdict: "stop", source: "wording" }
      : { verdict: "none", source: null };
  }
  const verdict = stopKeyword(own);
  if (verdict) return { verdict, source: verdict === "stop" ? "wording" : null };
  if (isPleasantry(own)) return REPLY;
  return !hasStopSentence(own) && optOutLogOdds(own).strongest <= ORDINARY ? REPLY : undefined;
}

/**
 * Whether a text is one line with a stop keyword behind `>`. It is the recruit's own word, because no message
 * of ours is a keyword alone.
 */
function isMarkedStop(body: string): boolean {
  const line = body.trim();
  if (line.length > 100 || line.includes("\n")) return false;
  return stopKeyword(line.replace(/^(?:>|&gt;|\s)+/, "")) === "stop";
}

/**
 * Judges a pressed button. Its label is ours, and "Cancel" or "Not interested" may answer our question, so
 * only a label that can mean nothing else is an opt-out.
 */
function judgeLabel(label: string): Judgement | undefined {
  if (/^[\s\p{P}]*(?:stop|unsubscribe)[\s\p{P}]*$/iu.test(label)) {
    return { verdict: "stop", source: "keyword" };
  }
  const keyword = stopKeyword(label);
  if (!keyword) return undefined;
  return keyword === "stop" && isClear(label) ? { verdict: "stop", source: "wording" } : REPLY;
}
