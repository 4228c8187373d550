/**
 * TwiML: the XML by which a webhook tells Twilio what to do.
 *
 * @see https://www.twilio.com/docs/voice/twiml
 * @module
 */
import { SaxesParser } from "saxes";

/** A reason why Twilio does not execute an answer, with the code of its error log. */
export class TwimlError extends Error {
  /** 12100 for XML that is not well-formed, 12200 for XML that is no TwiML. */
  readonly code: 12100 | 12200;

  constructor(code: 12100 | 12200, message: string) {
    super(message);
    this.code = code;
  }
}

/** An element of TwiML. */
export interface TwimlElement {
  name: string;
  attributes: Record<string, string>;
  /** The characters directly in the element. */
  text: string;
  children: TwimlElement[];
}

/** What a call does, in order. */
export type VoiceVerb =
  | { kind: "say"; text: string }
  | { kind: "pause"; seconds: number }
  | { kind: "reject"; reason: "rejected" | "busy" }
  | { kind: "hangup" };

/** The longest text of a Say, in characters. */
const MAX_SAY_LENGTH = 4096;

/**
 * Parses TwiML.
 *
 * @returns The root, a Response.
 * @throws {TwimlError} If it is not well-formed, or has another root.
 */
export function parseTwiml(xml: string): TwimlElement {
  const open: TwimlElement[] = [{ name: "", attributes: {}, text: "", children: [] }];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw new TwimlError(12100, error.message);
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element = {
      name,
      attributes: attributes as Record<string, string>,
      text: "",
      children: [],
    };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const addText = (text: string) => {
    const element = open.at(-1);
    if (element) element.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => void open.pop());
  parser.write(xml).close();
  const [root] = open[0].children;
  if (root.name !== "Response") {
    throw new TwimlError(12200, `The root must be <Response>, not <${root.name}>`);
  }
  return root;
}

/**
 * Parses the TwiML of a call. It knows the verbs Say, Pause, Reject and Hangup.
 *
 * @throws {TwimlError} If it is not well-formed, or has other verbs, attributes or texts than Twilio's
 *   schema.
 */
export function parseVoiceTwiml(xml: string): VoiceVerb[] {
  const root = parseTwiml(xml);
  check(root, []);
  return root.children.map(verbOf);
}

function verbOf(element: TwimlElement): VoiceVerb {
  const { name, attributes: { reason = "rejected", length = "1" }, text } = element;
  if (element.children.length > 0) refuse(`<${name}> must have no elements`);
  switch (name) {
    case "Say":
      check(element, ["voice", "language", "loop"], true);
      if (text.trim() === "") refuse("<Say> must have a text");
      if (text.length > MAX_SAY_LENGTH) {
        refuse(`The text of <Say> exceeds ${MAX_SAY_LENGTH} characters`);
      }
      return { kind: "say", text: text.trim() };
    case "Pause":
      check(element, ["length"]);
      if (!/^[1-9]\d*$/.test(length)) refuse(`length must be a number of seconds, not "${length}"`);
      return { kind: "pause", seconds: Number(length) };
    case "Reject":
      check(element, ["reason"]);
      if (reason === "rejected" || reason === "busy") return { kind: "reject", reason };
      return refuse(`reason must be rejected or busy, not "${reason}"`);
    case "Hangup":
      check(element, []);
      return { kind: "hangup" };
    default:
      return refuse(`<${name}> is no verb of a call that the stand-in knows`);
  }
}

function check({ name, attributes, text }: TwimlElement, known: string[], hasText = false): void {
  const unknown = Object.keys(attributes).find((attribute) => !known.includes(attribute));
  if (unknown) refuse(`<${name}> has no attribute ${unknown}`);
  if (!hasText && text.trim() !== "") refuse(`<${name}> must have no text`);
}

function refuse(message: string): never {
  throw new TwimlError(12200, message);
}
