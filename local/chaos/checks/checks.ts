/**
 * Every check, by the name that the report prints.
 *
 * @module
 */
import type { Check } from "../evidence.ts";
import { backwards } from "./backwards.ts";
import { doubled } from "./doubled.ts";
import { forbidden } from "./forbidden.ts";
import { leaked } from "./leaked.ts";
import { lost } from "./lost.ts";
import { unanswered } from "./unanswered.ts";

export const CHECKS: Record<string, Check> = {
  "lost": lost,
  "doubled": doubled,
  "backwards": backwards,
  "unanswered": unanswered,
  "leaked to another agent": leaked,
  "begun after an opt-out": forbidden,
};
