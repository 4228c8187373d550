/**
 * The replies of the stand-in for the model: a plain recruiting conversation, the same for the same
 * messages.
 *
 * @module
 */

/** The bot's action. */
export interface Action {
  action: "reply" | "escalate";
  text: string;
  reason: string;
}

/** A question about who is texting. The bot answers it, and does not escalate. */
const WHO_IS_THIS =
  /\b(are you|is this|am i (talking|texting|speaking)|eres|es usted)\b.*\b(bot|robot|ai|human|person|real|machine|automated|humano|humana|persona|máquina)\b/i;

/** A request for a person, in English or Spanish. */
const WANTS_A_PERSON = [
  /(?<!\bin )\b(person|human|agent|representative|recruiter)\b/i,
  /\b(talk|speak|chat|call|connect|contact|with|to|can|could|have)\b.*\b(someone|somebody)\b/i,
  /(?<!\ben )\b(persona|humano|humana|agente|reclutador|reclutadora|representante)\b/i,
  /\b(hablar|llamar|contactar|comunicarme|con|puede)\b.*\balguien\b/i,
];

/** Questions about the job, with their answers. */
const ANSWERS: [RegExp, string][] = [
  [
    /\b(pay|paid|wage|salary|rate|hour(ly)?|pago|pagan|salario|sueldo)\b/i,
    "The job pays 21 dollars an hour, weekly.",
  ],
  [
    /\b(shifts?|schedule|nights?|days?|weekends?|turnos?|horario)\b/i,
    "There are day shifts from 7 to 3 and night shifts from 11 to 7.",
  ],
  [
    /\b(where|location|address|site|city|far|dónde|donde|ubicación|ciudad)\b/i,
    "The site is at 12 Example Street, next to the bus station.",
  ],
  [
    /\b(start|begin|when|soon|available|cuándo|cuando|empezar|empieza)\b/i,
    "New colleagues start every Monday.",
  ],
];

/** The bot's questions, one for each reply. The last one is repeated. */
const QUESTIONS = [
  "Which shift would suit you, days or nights?",
  "When could you start?",
  "Which city do you live in?",
  "What else would you like to know?",
];

/**
 * Answers a conversation.
 *
 * @param text The recruit's texts since the last reply, one a line.
 * @param replies The number of replies so far.
 */
export function converse(text: string, replies: number): Action {
  const question = QUESTIONS[Math.min(replies, QUESTIONS.length - 1)];
  if (WHO_IS_THIS.test(text)) {
    return {
      action: "reply",
      text: `I am an automated assistant, not a person. ${question}`,
      reason: "asked who is texting",
    };
  }
  if (WANTS_A_PERSON.some((pattern) => pattern.test(text))) return escalation("asked for a person");
  const answers = ANSWERS.filter(([pattern]) => pattern.test(text)).map(([, answer]) => answer);
  const opening = replies === 0 ? "Thanks for your interest." : "Thanks, noted.";
  return {
    action: "reply",
    text: `${answers.length > 0 ? answers.join(" ") : opening} ${question}`,
    reason: answers.length > 0 ? "answered a question" : "asked the next question",
  };
}

/** The action that escalates the conversation. */
export function escalation(reason: string): Action {
  return { action: "escalate", text: "", reason };
}
