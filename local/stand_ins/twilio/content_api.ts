/**
 * The Content resource of Twilio's Content API: FetchContent and ListContent. The stand-in's templates cannot be changed.
 *
 * Twilio serves it at content.twilio.com, and the stand-in at its only address.
 *
 * @see https://www.twilio.com/docs/content/content-api-resources
 * @module
 */
import type { TwilioAccount } from "./account.ts";
import { type ContentTemplate, findTemplate, TEMPLATES } from "./content_templates.ts";
import { notAllowed, notFound } from "./errors.ts";
import { type Answer, type Call, queryOf } from "./http.ts";
import openapi from "./content_openapi.json" with { type: "json" };
import { checkQuery } from "./openapi.ts";
import { fixedSource, metaOf, pageOf, type PageParameters } from "./paging.ts";

const checkList = checkQuery<PageParameters>(openapi, openapi.paths["/v1/Content"].get);

const PATH = /^\/v1\/Content(?:\/(?<sid>[^/]+))?$/;

/** When the templates were created and last changed. */
const CREATED = "2026-11-01T09:00:00Z";

/** Asks whether a path is one of the Content API's. */
export function isContentPath(path: string): boolean {
  return /^\/v1\/Content(\/|$)/.test(path);
}

/**
 * Answers a call.
 *
 * @throws {TwilioError} If Twilio would refuse the call.
 */
export function answerContent(account: TwilioAccount, call: Call): Answer {
  const match = PATH.exec(call.path);
  if (!match) throw notFound(call.path);
  if (call.method !== "GET") throw notAllowed(call.method);
  const origin = `http://${call.headers.host}`;
  const sid = match.groups?.sid;
  if (sid === undefined) return { status: 200, body: listContent(account, call, origin) };
  const template = findTemplate(sid);
  if (!template) throw notFound(call.path);
  return { status: 200, body: contentResource(template, account, origin) };
}

function listContent(account: TwilioAccount, call: Call, origin: string) {
  const url = `${origin}/v1/Content`;
  const { paging, items } = pageOf(fixedSource(TEMPLATES), checkList(queryOf(call)), url);
  return {
    contents: items.map((template) => contentResource(template, account, origin)),
    meta: metaOf(paging, "contents"),
  };
}

function contentResource(
  { sid, friendlyName, language, variables, types }: ContentTemplate,
  { accountSid }: TwilioAccount,
  origin: string,
) {
  const url = `${origin}/v1/Content/${sid}`;
  return {
    sid,
    account_sid: accountSid,
    friendly_name: friendlyName,
    language,
    variables,
    types,
    date_created: CREATED,
    date_updated: CREATED,
    url,
    links: {
      approval_create: `${url}/ApprovalRequests/whatsapp`,
      approval_fetch: `${url}/ApprovalRequests`,
    },
  };
}
