/**
 * Who texts, and to whom.
 *
 * @module
 */

/** The number of ours that all of them text. */
export const OUR_NUMBER = "+15550100000";

/** A recruit's phone, by the recruit's number in the plan. */
export const RECRUITS: readonly string[] = [
  ...Array.from({ length: 15 }, (_, index) => `+155502000${String(index).padStart(2, "0")}`),
  // Twilio accepts, and answers with an error, with nothing, or after two refusals
  // (local/twilio/magic_numbers.ts).
  "+1500556150001",
  "+1500556150002",
  "+1500556000001",
  "+1500556000002",
  "+1500556042901",
];

/** The first so many have no conversation before the plan begins one. */
export const WITHOUT_CONVERSATION = 3;
