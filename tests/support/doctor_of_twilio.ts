/**
 * The doctor's checks of Twilio in this process, against a stand-in of the test's own.
 *
 * @module
 */
import type { Twilio } from "twilio";
import type { Check, Examined, Sender } from "../../local/doctor/check.ts";
import { examine } from "../../local/doctor/examine.ts";
import { type Finding, runChecks } from "../../local/doctor/run_checks.ts";
import { createShownText } from "../../local/project/shown_text.ts";
import type { Project } from "../../local/project/project.ts";
import { openTwilio } from "../../local/project/twilio_client.ts";
import type { AccountState } from "../../local/stand_ins/twilio/resources/account_state.ts";
import { startTwilio } from "../../local/stand_ins/twilio/twilio.ts";
import { setAccountState } from "./account_state.ts";
import { assert, assertEquals, assertMatch } from "./assert.ts";
import { ACCOUNT_SID, AUTH_TOKEN } from "./twilio.ts";

/** The project that Twilio is to call, and another one with the same account. */
export const FUNCTIONS_URL = "https://ours.example.co/functions/v1";
export const OTHER_URL = "https://theirs.example.co/functions/v1";

const API_KEY = { sid: `SK${"1".repeat(32)}`, secret: "an-api-key-secret-0123456789" };

/** What one run of the checks is about. */
export interface Run {
  senders?: Sender[];
  env?: Record<string, string>;
  /** Opens Twilio's client, if not the stand-in's. */
  open?: () => Twilio;
}

/** What the runs of a test are about that do not say otherwise. */
export interface Defaults extends Run {
  /** Whether the account has the senders of supabase/seed.sql, and they call the project's functions. */
  isSeeded?: boolean;
}

/** Dependencies of a test. */
export interface Doctor {
  /** Twilio's own client, with the auth token, which calls the stand-in. */
  twilio: Twilio;
  /** The stand-in's base URL. */
  url: string;
  /** Changes what Twilio's API cannot. */
  change(state: AccountState): Promise<void>;
  /** Creates a sender that is online, such as `whatsapp:+1…`. The SDK spells `sender_id` wrongly. */
  addChannelSender(senderId: string): Promise<void>;
  /**
   * Runs the checks, and returns what they found by their ids. It fails if the checks change anything, or if
   * what they print holds a secret or a whole number of a sender.
   */
  findings(run?: Run): Promise<Map<string, Finding>>;
}

/** Something that is wrong at Twilio. */
export interface Fault {
  name: string;
  /** The check that finds it. */
  id: string;
  /** Brings it about. */
  cause(doctor: Doctor): Promise<unknown>;
  detail: RegExp;
  mend: RegExp;
  /** Does what the mend says. */
  heal(doctor: Doctor): Promise<unknown>;
}

/**
 * Runs a test with a stand-in.
 *
 * @param checksOf The checks of a subject.
 */
export async function withDoctor(
  checksOf: (examined: Examined) => Check[],
  use: (doctor: Doctor) => Promise<void>,
  { isSeeded = false, ...defaults }: Defaults = {},
): Promise<void> {
  const standIn = await startTwilio({
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    apiKey: API_KEY,
    signingToken: AUTH_TOKEN,
    port: 0,
    webhookUrl: `${FUNCTIONS_URL}/sms-inbound`,
    functionsUrl: isSeeded ? FUNCTIONS_URL : undefined,
    pace: 0,
  });
  const env = {
    TWILIO_ACCOUNT_SID: ACCOUNT_SID,
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    TWILIO_API_BASE_URL: standIn.url,
    TWILIO_WEBHOOK_BASE_URL: FUNCTIONS_URL,
  };
  const twilio = openTwilio(env);
  const doctor: Doctor = {
    twilio,
    url: standIn.url,
    change: (state) => setAccountState(standIn.url, state),
    async addChannelSender(senderId) {
      const response = await fetch(`${standIn.url}/v2/Channels/Senders`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}`,
        },
        body: JSON.stringify({ sender_id: senderId }),
      });
      assertEquals([response.status, typeof await response.json()], [202, "object"]);
      await doctor.change({ senders: [{ sender_id: senderId, status: "ONLINE" }] });
    },
    async findings(run = {}) {
      const project = projectOf({ ...env, ...defaults.env, ...run.env });
      const senders = run.senders ?? defaults.senders ?? [];
      const methods: string[] = [];
      const examined = examinedOf(project, { ...run, senders }, methods);
      const findings = await runChecks(
        checksOf(examined),
        createShownText(project.env, project.secretKey),
      );
      assertEquals(methods.filter((method) => method !== "get"), []);
      assertHarmless(JSON.stringify(findings), [
        AUTH_TOKEN,
        API_KEY.secret,
        ...senders.map(({ address }) => address),
      ]);
      assertEquals(new Set(findings.map(({ id }) => id)).size, findings.length);
      return new Map(findings.map((finding) => [finding.id, finding]));
    },
  };
  try {
    await use(doctor);
  } finally {
    await standIn.stop();
  }
}

/** The variables that make the doctor use the API key. */
export const WITH_API_KEY = {
  TWILIO_API_KEY: API_KEY.sid,
  TWILIO_API_KEY_SECRET: API_KEY.secret,
};

/** Brings each fault about, sees that its check finds it, mends it, and sees that it is gone. */
export async function provokeEach(doctor: Doctor, faults: Fault[]): Promise<void> {
  for (const { name, id, cause, detail, mend, heal } of faults) {
    await cause(doctor);
    const broken = (await doctor.findings()).get(id);
    assertEquals([name, broken?.ok], [name, false]);
    assertMatch(broken?.detail ?? "", detail);
    assertMatch(broken?.mend ?? "", mend);
    await heal(doctor);
    const healed = (await doctor.findings()).get(id);
    assert(healed?.ok, `${name}: ${healed?.detail}`);
  }
}

/** The outcome of each check, by id. */
export function outcomes(findings: Map<string, Finding>): Record<string, boolean | null> {
  return Object.fromEntries([...findings].map(([id, { ok }]) => [id, ok]));
}

function projectOf(env: Record<string, string>): Project {
  return {
    isLocal: false,
    supabaseUrl: FUNCTIONS_URL.replace("/functions/v1", ""),
    functionsUrl: FUNCTIONS_URL,
    envFile: "supabase/functions/.env.production",
    env,
    secretKey: undefined,
  };
}

function examinedOf(project: Project, { senders = [], open }: Run, methods: string[]): Examined {
  const examined = examine(project);
  let client: Twilio | undefined;
  return {
    ...examined,
    twilio: () => client ??= recordMethods((open ?? examined.twilio)(), methods),
    senders: () => Promise.resolve(senders),
  };
}

function recordMethods(twilio: Twilio, methods: string[]): Twilio {
  const { httpClient } = twilio;
  const request = httpClient.request.bind(httpClient);
  httpClient.request = (options) => {
    methods.push(options.method);
    return request(options);
  };
  return twilio;
}

function assertHarmless(printed: string, secrets: string[]): void {
  for (const secret of secrets.filter(({ length }) => length > 8)) {
    assert(!printed.includes(secret), `It prints "${secret.slice(0, 4)}…"`);
  }
}
