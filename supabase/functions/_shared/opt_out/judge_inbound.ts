/**
 * Judges a text as a webhook needs it: few texts need the patterns of wording, so the first of these loads them.
 *
 * @module
 */
import { judgeAtFirstLook } from "./first_look.ts";
import type { Judgement, TextToJudge } from "./judge_text.ts";

/**
 * Judges a text as `judgeText` does.
 *
 * @returns The judgement. It rejects only if the patterns cannot be loaded.
 */
export async function judgeInbound(text: TextToJudge): Promise<Judgement> {
  const judgement = judgeAtFirstLook(text);
  if (judgement) return judgement;
  const { judgeText } = await import("./judge_text.ts");
  return judgeText(text);
}
