/**
 * The parameters of calls about messages and their media, checked against messages_openapi.json.
 *
 * @module
 */
import openapi from "./messages_openapi.json" with { type: "json" };
import type { Refusal } from "./errors.ts";
import { checkForm, checkQuery, type Violation } from "./openapi.ts";
import type { PageParameters } from "./paging.ts";

/** The parameters of CreateMessage that the stand-in uses. It accepts and ignores the others. */
export interface CreateParameters {
  To: string;
  From?: string;
  MessagingServiceSid?: string;
  Body?: string;
  MediaUrl?: string | string[];
  ContentSid?: string;
  ContentVariables?: string;
  StatusCallback?: string;
  ScheduleType?: "fixed";
  SendAt?: string;
}

/** The parameters of ListMessage. */
export interface ListParameters extends PageParameters {
  To?: string;
  From?: string;
  DateSent?: string;
  "DateSent<"?: string;
  "DateSent>"?: string;
}

/** The parameters of ListMedia. */
export interface ListMediaParameters extends PageParameters {
  DateCreated?: string;
  "DateCreated<"?: string;
  "DateCreated>"?: string;
}

/** The parameters of UpdateMessage. */
export interface UpdateParameters {
  Body?: string;
  Status?: "canceled";
}

const messages = openapi.paths["/2010-04-01/Accounts/{AccountSid}/Messages.json"];
const message = openapi.paths["/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"];
const media = openapi.paths["/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media.json"];

/** Checks the form of CreateMessage. */
export const checkCreate = checkForm<CreateParameters>(openapi, messages.post, refusalOf);

/** Checks the form of UpdateMessage. */
export const checkUpdate = checkForm<UpdateParameters>(openapi, message.post);

/** Checks the query of ListMessage. */
export const checkList = checkQuery<ListParameters>(openapi, messages.get);

/** Checks the query of ListMedia. */
export const checkListMedia = checkQuery<ListMediaParameters>(openapi, media.get);

function refusalOf({ name, isMissing }: Violation): Refusal | undefined {
  if (name === "To" && isMissing) {
    return { code: 21604, message: "A 'To' phone number is required" };
  }
  if (name === "StatusCallback") {
    return {
      code: 21609,
      message: "The StatusCallback URL is no http or https URL with a valid host",
    };
  }
}
