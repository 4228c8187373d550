/**
 * The templates of the stand-in's account, made up. One has named variables, one buttons, one a picture alone, one no
 * variables.
 *
 * @see https://www.twilio.com/docs/content/content-types-overview
 * @module
 */

/** A template. */
export interface ContentTemplate {
  /** HX and 32 hex digits. */
  sid: string;
  friendlyName: string;
  language: string;
  /** The values of variables for which a message has none. */
  variables: Record<string, string>;
  /** What is sent on a channel that shows the type. */
  types: Record<string, { body?: string; [field: string]: unknown }>;
}

/** The templates, newest first. */
export const TEMPLATES: readonly ContentTemplate[] = [
  {
    sid: sidOf(1),
    friendlyName: "application_received",
    language: "en",
    variables: { "1": "there", "2": "the job" },
    types: {
      "twilio/text": {
        body:
          "Hi {{1}}, thanks for applying for {{2}}. Do you have a minute for three quick questions?",
      },
    },
  },
  {
    sid: sidOf(2),
    friendlyName: "interview_reminder",
    language: "en",
    variables: { "1": "tomorrow at 10:00" },
    types: {
      "twilio/quick-reply": {
        body: "Your interview is {{1}}. Can you make it?",
        actions: [
          { type: "QUICK_REPLY", title: "Yes", id: "yes" },
          { type: "QUICK_REPLY", title: "Another time", id: "another_time" },
        ],
      },
      "twilio/text": { body: "Your interview is {{1}}. Can you make it? Answer YES or NO." },
    },
  },
  {
    sid: sidOf(3),
    friendlyName: "shift_offer",
    language: "en",
    variables: { first_name: "there", place: "the depot" },
    types: {
      "twilio/call-to-action": {
        body: "Hello {{first_name}}, a shift is free at {{place}}. Are you in?",
        actions: [{ type: "URL", title: "See the shift", url: "https://example.com/shifts" }],
      },
    },
  },
  {
    sid: sidOf(4),
    friendlyName: "still_interested",
    language: "en",
    variables: {},
    types: {
      "twilio/text": { body: "We have not heard from you for a while. Are you still looking?" },
    },
  },
  {
    sid: sidOf(5),
    friendlyName: "map_of_the_depot",
    language: "en",
    variables: {},
    types: { "twilio/media": { media: ["https://example.com/map.png"] } },
  },
];

/** Finds a template. */
export function findTemplate(sid: string): ContentTemplate | undefined {
  return TEMPLATES.find((template) => template.sid === sid);
}

function sidOf(number: number): string {
  return `HX${number.toString(16).padStart(32, "0")}`;
}
