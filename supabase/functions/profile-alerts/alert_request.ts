/**
 * Reads what a service posts: an alert about a person's profile, or the profile that it has found for a contact.
 *
 * @module
 */
import { storableText } from "../_shared/database/storable_text.ts";
import { parseJson } from "../_shared/http/parse_json.ts";
import { type Json, mapTexts } from "../_shared/webhook/map_texts.ts";

/** A request, or why it is none. */
export type Parsed<Request> =
  | { kind: "valid"; request: Request }
  /** `problem` names the field and what it must be. */
  | { kind: "invalid"; problem: string };

/** An alert about a person's profile. */
export interface ProfileAlert {
  /** `recruiting_contacts.alert_subscription_id`. */
  subscriptionId: string;
  /** The profile; undefined if the alert has none. */
  person: JsonObject | undefined;
}

/** Whose profile was asked for, as the URL's query says. */
export interface ResolvedSubject {
  /** `person` is another word for a contact, and the product has no companies. */
  type: "contact" | "company";
  /** The contact's id or external_id. */
  id: string;
}

type JsonObject = { [key: string]: Json };

const SUBJECT_TYPES: Record<string, ResolvedSubject["type"]> = {
  contact: "contact",
  person: "contact",
  company: "company",
};

/** The longest linkedin_url, in characters. */
const MAX_URL_LENGTH = 512;

/** Reads an alert's body. */
export function parseAlert(text: string): Parsed<ProfileAlert> {
  const body = parseObject(text);
  if (!body) return NO_OBJECT;
  const { subscriptionId } = body;
  if (typeof subscriptionId !== "string" || subscriptionId === "") {
    return invalid("subscriptionId must be given, as a text");
  }
  const person = isObject(body.data) ? body.data.person : undefined;
  return valid({ subscriptionId, person: isObject(person) ? person : undefined });
}

/** Reads whose profile was asked for. */
export function parseSubject(query: URLSearchParams): Parsed<ResolvedSubject> {
  const type = query.get("type") ?? "";
  if (!Object.hasOwn(SUBJECT_TYPES, type)) {
    return invalid("type must be contact, person or company");
  }
  const id = storableText(query.get("id") ?? "");
  if (id === "") return invalid("id must be given");
  return valid({ type: SUBJECT_TYPES[type], id });
}

/** Reads the address of the profile that was found. Services spell its name in two ways. */
export function parseLinkedinUrl(text: string): Parsed<string> {
  const body = parseObject(text);
  if (!body) return NO_OBJECT;
  const data = isObject(body.data) ? body.data : {};
  const name = isGiven(data.linkedinUrl) || !isGiven(data.linkedInUrl)
    ? "linkedinUrl"
    : "linkedInUrl";
  const url = data[name];
  if (!isGiven(url)) return invalid("data.linkedinUrl must be given");
  if (typeof url !== "string" || !isLinkedinUrl(url)) {
    return invalid(`data.${name} ${LINKEDIN_URL}`);
  }
  return valid(url);
}

const LINKEDIN_URL = `must be https://…linkedin.com/… of at most ${MAX_URL_LENGTH} characters`;

const NO_OBJECT = invalid("The body must be a JSON object");

/**
 * The rule of private.is_linkedin_url, so that a wrong address is refused also while the database is away. U+FFFD stands
 * for what Postgres cannot hold.
 */
function isLinkedinUrl(url: string): boolean {
  return [...url].length <= MAX_URL_LENGTH &&
    /^https:\/\/([a-z0-9-]+\.)*linkedin\.com\//i.test(url) &&
    !/[\s\p{Cc}\ufffd"<>\\]/u.test(url);
}

/** Reads a JSON object, fit to be stored; undefined for anything else. */
function parseObject(text: string): JsonObject | undefined {
  const json = parseJson(text);
  const storable = json === undefined ? undefined : mapTexts(json, storableText);
  return isObject(storable) ? storable : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}

function valid<Request>(request: Request): Parsed<Request> {
  return { kind: "valid", request };
}

function invalid(problem: string): { kind: "invalid"; problem: string } {
  return { kind: "invalid", problem };
}
