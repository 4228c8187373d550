/**
 * The recruits of a run, and the number that they text.
 *
 * @module
 */

/** The platform's number that all recruits text. */
export const OUR_NUMBER = "+15550100000";

/** The recruits' phones. A recruit's number in the plan is the index. */
export const RECRUITS: readonly string[] = [
  ...Array.from({ length: 15 }, (_, index) => `+155502000${String(index).padStart(2, "0")}`),
  // Magic numbers (local/stand_ins/twilio/magic_numbers.ts): Twilio accepts the message and answers with an
  // error, or accepts it and drops the connection, or refuses it twice.
  "+1500556150001",
  "+1500556150002",
  "+1500556000001",
  "+1500556000002",
  "+1500556042901",
];

/** The number of recruits, the first ones, without a conversation until the plan begins one. */
export const WITHOUT_CONVERSATION = 3;
