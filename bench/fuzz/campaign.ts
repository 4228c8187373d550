/**
 * Sends generated requests to a stack and compares each answer with the contract.
 *
 * @module
 */
import fc from "fast-check";
import { errorMessage } from "../../local/error_message.ts";
import { type Answer, ConnectionReset, exchange } from "./exchange.ts";
import { ERROR_CODES, expectedAnswer, messageSidOf, type SentRequest } from "./expected_answer.ts";
import { describeRequest, type HostileRequest } from "./hostile_request.ts";
import { hostileRequest } from "./requests.ts";
import { signatureOf, type Signer } from "./signatures.ts";
import { WORLD } from "./world.ts";

/** The options of a campaign. */
export interface CampaignOptions {
  /** The gateway's address. */
  apiUrl: string;
  /** The auth token that signs valid requests. */
  authToken: string;
  runs: number;
  /** The same seed and the same number of runs make the same requests. */
  seed: number;
  /** The number of concurrent requests. */
  concurrency: number;
  /** Whether a few bodies never end. Each of those takes 10 s. */
  withStalls: boolean;
  /** While it returns true, no further request is sent. */
  isStopped?(): boolean;
  /** Called after each answer. */
  onAnswer?(): void;
}

/** The result of a campaign. */
export interface CampaignResult {
  /** The number of each answer, by `<webhook> <answer>`. */
  answers: Map<string, number>;
  sent: number;
  /** The first failure: its reason, and the smallest request that still fails. */
  failure: string | undefined;
  sids: Sids;
}

/** The SIDs of requests whose answer met the contract. */
export interface Sids {
  /** The SIDs of texts that must be stored. */
  stored: Set<string>;
  /** The SIDs of signed requests. */
  signed: Set<string>;
  /** The SIDs of refused requests. */
  refused: Set<string>;
}

/** The number of smaller requests that are tried after a failure. */
const MAX_SHRINKS = 1_000;

/** The number of retries of a deferred request. Each takes the 3 s of the webhook's deadline. */
const MAX_RETRIES = 5;

/** The body of an empty TwiML answer. */
const TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/** Runs a campaign. Each of the concurrent lanes has a seed of its own. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { runs, seed, concurrency, withStalls, isStopped = () => false } = options;
  const result: CampaignResult = {
    answers: new Map(),
    sent: 0,
    failure: undefined,
    sids: { stored: new Set(), signed: new Set(), refused: new Set() },
  };
  let failedLane: number | undefined;
  let shrinks = 0;

  const lane = async (number: number) => {
    const property = fc.asyncProperty(hostileRequest(WORLD, withStalls), async (request) => {
      // A failed precondition ends the lane, because maxSkipsPerRun is 0.
      fc.pre(failedLane === undefined ? !isStopped() : failedLane === number);
      if (failedLane === number && ++shrinks > MAX_SHRINKS) return;
      const problem = await problemOf(request, options, result);
      if (!problem) return;
      failedLane ??= number;
      if (failedLane === number) throw new Error(problem);
    });
    const numRuns = Math.ceil((runs - number) / concurrency);
    if (numRuns <= 0) return;
    const { failed, counterexample, errorInstance, numShrinks } = await fc.check(property, {
      numRuns,
      // The factor keeps the lanes of neighbouring seeds apart.
      seed: seed * concurrency + number,
      maxSkipsPerRun: 0,
    });
    if (!failed || !counterexample) return;
    const reason = errorMessage(errorInstance);
    result.failure = `${reason}\n\n${
      describeRequest(counterexample[0])
    }\n\n(made smaller ${numShrinks} times; --seed ${seed} --runs ${runs})`;
  };
  await Promise.all(Array.from({ length: concurrency }, (_, number) => lane(number)));
  return result;
}

/** Sends a request. @returns The problem with its answer, if there is one. */
async function problemOf(
  request: HostileRequest,
  options: CampaignOptions,
  result: CampaignResult,
): Promise<string | undefined> {
  const { apiUrl, authToken, onAnswer } = options;
  const signer: Signer = { baseUrl: `${apiUrl}/functions/v1`, authToken };
  const { values: signatures, isValid } = signatureOf(request, signer);
  const sent = { request, signatures, isSigned: isValid };
  let answer: Answer | undefined;
  let name = "no answer";
  try {
    answer = await exchange(apiUrl, request, signatures);
    // A busy database defers a request once or twice. One that is always deferred is a failure.
    for (
      let retries = 0;
      answer && wordOf(answer) === "deferred" && retries < MAX_RETRIES;
      retries++
    ) {
      count(result, `${request.webhook} ${nameOf(answer)}`);
      answer = await exchange(apiUrl, request, signatures);
    }
    name = answer ? nameOf(answer) : "(broken off)";
  } catch (error) {
    // A server that closes the connection during the upload may lose its early answer.
    // https://www.rfc-editor.org/rfc/rfc9112#section-9.6
    if (error instanceof ConnectionReset && expectedAnswer(sent).isEarly) {
      name = "(reset)";
      return undefined;
    }
    return `No answer: ${errorMessage(error)}`;
  } finally {
    count(result, `${request.webhook} ${name}`);
    onAnswer?.();
  }
  if (!answer) return undefined;
  const problem = problemWith(answer, sent);
  if (!problem) noteSid(sent, result.sids);
  return problem;
}

function count(result: CampaignResult, key: string): void {
  result.sent++;
  result.answers.set(key, (result.answers.get(key) ?? 0) + 1);
}

/** Compares an answer with the contract. */
function problemWith(answer: Answer, sent: SentRequest): string | undefined {
  const { request } = sent;
  const { status, words } = expectedAnswer(sent);
  if (answer.status !== status) {
    return `The answer is ${answer.status}, not ${status}: ${answer.body.slice(0, 200)}`;
  }
  if (status === 200 && expectsTwiml(request)) {
    return answer.body === TWIML && answer.contentType.startsWith("text/xml")
      ? undefined
      : `The answer is not the empty TwiML but ${answer.contentType}`;
  }
  if (request.method === "HEAD") return undefined;
  if (!answer.contentType.startsWith("application/json")) {
    return `The answer is not JSON but ${answer.contentType}`;
  }
  if ((status === 405) !== (answer.allow === "POST")) return "The header Allow is wrong";
  const word = wordOf(answer);
  const allowed = status === 200 ? words : [ERROR_CODES[status]];
  return allowed.includes(word)
    ? undefined
    : `The answer is "${word}", not ${allowed.join(" or ")}`;
}

function noteSid(sent: SentRequest, { stored, signed, refused }: Sids): void {
  const sid = messageSidOf(sent.request);
  if (sid === undefined) return;
  const { status, words } = expectedAnswer(sent);
  (status === 200 ? signed : refused).add(sid);
  if (words.includes("received")) stored.add(sid);
}

function expectsTwiml({ webhook, userAgent }: HostileRequest): boolean {
  return webhook === "sms-inbound" && (userAgent ?? "").startsWith("TwilioProxy/");
}

/** The status word of an answer, or the code of its error. */
function wordOf({ body }: Answer): string {
  try {
    const { status, error } = JSON.parse(body);
    return String(status ?? error?.code);
  } catch {
    return "";
  }
}

function nameOf(answer: Answer): string {
  const word = answer.status === 200 ? wordOf(answer) || "TwiML" : "";
  return [answer.status, word].filter(Boolean).join(" ");
}
