/** Each finding of the doctor about variables and the Twilio account, and its mend. */
import { join } from "node:path";
import { AccountState } from "../../local/stand_ins/twilio/resources/account_state.ts";
import { difference } from "../../local/doctor/environment/names.ts";
import type { Finding } from "../../local/doctor/run_checks.ts";
import type { Project } from "../../local/project/project.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "../../local/settings/keys.ts";
import { setAccountState } from "../support/account_state.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import {
  assertRight,
  assertWrong,
  findingOf,
  HOSTED_URL,
  hostedProject,
  localProject,
} from "../support/doctor.ts";
import { ALERTS_SECRET } from "../support/profile_alerts.ts";
import { AUTH_TOKEN } from "../support/twilio.ts";
import { API_KEY, withAccount } from "../support/twilio_account.ts";

const HOSTED_FUNCTIONS = `${HOSTED_URL}/functions/v1`;

/** Variables with something wrong. */
interface Case {
  id: string;
  label: string;
  /** Wrong variables. */
  wrong: Record<string, string>;
  says: RegExp;
  /** The variables that the mend sets. */
  mended: Record<string, string>;
}

const CASES: Case[] = [
  {
    id: "environment.forms",
    label: "a number of seconds is none",
    wrong: { TURN_WAIT_SECONDS: "soon" },
    says: /TURN_WAIT_SECONDS must be a number of seconds, not "soon".*secrets set --env-file/,
    mended: { TURN_WAIT_SECONDS: "2" },
  },
  {
    id: "environment.forms",
    label: "connection overrides are none",
    wrong: { TWILIO_CALLBACK_OVERRIDES: "rc=9" },
    says: /TWILIO_CALLBACK_OVERRIDES must be like/,
    mended: { TWILIO_CALLBACK_OVERRIDES: "rc=2" },
  },
  {
    id: "environment.forms",
    label: "a Messaging Service is named by another SID",
    wrong: { TWILIO_MESSAGING_SERVICE_SID: `AC${"2".repeat(32)}` },
    says: /TWILIO_MESSAGING_SERVICE_SID must be MG and 32 letters or digits/,
    mended: { TWILIO_MESSAGING_SERVICE_SID: `MG${"2".repeat(32)}` },
  },
  {
    id: "environment.forms",
    label: "a secret of profile alerts is too short to count",
    wrong: { PROFILE_ALERTS_SECRET: `${"x".repeat(32)},${"x".repeat(31)}` },
    says: /PROFILE_ALERTS_SECRET, entry 2, must have at least 32 characters/,
    mended: { PROFILE_ALERTS_SECRET: `${"x".repeat(32)},${"x".repeat(32)}` },
  },
  {
    id: "environment.webhooks",
    label: "no auth token is set",
    wrong: { TWILIO_AUTH_TOKEN: "" },
    says: /TWILIO_AUTH_TOKEN is not set/,
    mended: { TWILIO_AUTH_TOKEN: "a-token-of-an-account-0123456789" },
  },
  {
    id: "environment.webhooks",
    label: "a base URL ends with a function's name",
    wrong: { TWILIO_WEBHOOK_BASE_URL: `${HOSTED_FUNCTIONS}/sms-inbound` },
    says: /entry 1, must end before the function's name/,
    mended: { TWILIO_WEBHOOK_BASE_URL: HOSTED_FUNCTIONS },
  },
  {
    id: "environment.base_urls",
    label: "a base URL of Supabase has no path",
    wrong: { TWILIO_WEBHOOK_BASE_URL: `${HOSTED_FUNCTIONS},${HOSTED_URL}` },
    says: /entry 2, lacks \/functions\/v1/,
    mended: { TWILIO_WEBHOOK_BASE_URL: HOSTED_FUNCTIONS },
  },
  {
    id: "environment.base_urls",
    label: "a base URL is on this machine",
    wrong: { TWILIO_WEBHOOK_BASE_URL: `${HOSTED_FUNCTIONS},http://127.0.0.1:54321/functions/v1` },
    says: /entry 2, is on this machine/,
    mended: { TWILIO_WEBHOOK_BASE_URL: HOSTED_FUNCTIONS },
  },
  {
    id: "environment.base_urls",
    label: "a base URL is not https",
    wrong: { TWILIO_WEBHOOK_BASE_URL: `${HOSTED_FUNCTIONS},http://sms.example.com` },
    says: /entry 2, is not https/,
    mended: { TWILIO_WEBHOOK_BASE_URL: `${HOSTED_FUNCTIONS},https://sms.example.com` },
  },
  {
    id: "environment.base_urls",
    label: "the examined URL is not among the base URLs",
    wrong: { TWILIO_WEBHOOK_BASE_URL: "https://sms.example.com" },
    says: /does not have the URL that is examined/,
    mended: { TWILIO_WEBHOOK_BASE_URL: `https://sms.example.com,${HOSTED_FUNCTIONS}/` },
  },
  {
    id: "environment.sending",
    label: "the account's SID is none",
    wrong: { TWILIO_ACCOUNT_SID: "AC123" },
    says: /TWILIO_ACCOUNT_SID must be AC and 32 letters or digits/,
    mended: { TWILIO_ACCOUNT_SID: `AC${"2".repeat(32)}` },
  },
  {
    id: "environment.sending",
    label: "an API key has no secret",
    wrong: { TWILIO_API_KEY: API_KEY.TWILIO_API_KEY },
    says: /TWILIO_API_KEY_SECRET is not set/,
    mended: API_KEY,
  },
  {
    id: "environment.model",
    label: "a model has no name",
    wrong: { LLM_BASE_URL: "https://llm.example.com/v1" },
    says: /LLM_MODEL is not set/,
    mended: { LLM_BASE_URL: "https://llm.example.com/v1", LLM_MODEL: "a-model" },
  },
  {
    id: "environment.platform_webhook",
    label: "the platform's webhook has no secret",
    wrong: { PLATFORM_WEBHOOK_URL: "https://platform.example.com/hooks" },
    says: /PLATFORM_WEBHOOK_SECRET has no secret/,
    mended: {
      PLATFORM_WEBHOOK_URL: "https://platform.example.com/hooks",
      PLATFORM_WEBHOOK_SECRET: "whsec_c2VjcmV0IG9mIGEgdGVzdA==",
    },
  },
  {
    id: "environment.local_keys",
    label: "the published auth token is in use elsewhere",
    wrong: { TWILIO_AUTH_TOKEN: AUTH_TOKEN },
    says: /TWILIO_AUTH_TOKEN holds the published value/,
    mended: { TWILIO_AUTH_TOKEN: "a-token-of-an-account-0123456789" },
  },
  {
    id: "environment.local_keys",
    label: "the published secret of profile alerts is in use elsewhere",
    wrong: { PROFILE_ALERTS_SECRET: `${"x".repeat(32)},${ALERTS_SECRET}` },
    says: /PROFILE_ALERTS_SECRET holds the published value/,
    mended: { PROFILE_ALERTS_SECRET: "" },
  },
  {
    id: "environment.local_keys",
    label: "the stand-in's account is in use elsewhere",
    wrong: { TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}` },
    says: /TWILIO_ACCOUNT_SID holds the published value/,
    mended: { TWILIO_ACCOUNT_SID: `AC${"2".repeat(32)}` },
  },
  {
    id: "environment.addresses",
    label: "the functions cannot call an address",
    wrong: { LLM_BASE_URL: "http://127.0.0.1:54333/v1", TWILIO_API_BASE_URL: "http://localhost:1" },
    says: /TWILIO_API_BASE_URL, LLM_BASE_URL are on this machine/,
    mended: { LLM_BASE_URL: "https://llm.example.com/v1" },
  },
];

for (const { id, label, wrong, says, mended } of CASES) {
  Deno.test(`${id} tells that ${label}, until it is mended`, async () => {
    assertMatch(assertWrong(await findingOf(id, hostedProject(wrong))), says);
    assertRight(await findingOf(id, hostedProject(mended)));
  });
}

for (const key of [SECRET_KEY, PUBLISHABLE_KEY]) {
  Deno.test(`a published Supabase key is no key of a project elsewhere: ${key.slice(0, 9)}`, async () => {
    const finding = await findingOf(
      "environment.local_keys",
      hostedProject({}, { secretKey: key }),
    );
    assertMatch(assertWrong(finding), /SUPABASE_SECRET_KEY holds the published value/);
    assertRight(await findingOf("environment.local_keys", hostedProject()));
  });
}

Deno.test("a publishable key is no secret key, and without one there is only a hint", async () => {
  const secretKey = async (secretKey: string | undefined) =>
    await findingOf("environment.secret_key", hostedProject({}, { secretKey }));
  assertMatch(assertWrong(await secretKey("sb_publishable_x")), /publishable key/);
  assertRight(await secretKey("sb_secret_x"));
  const { ok, mend } = await secretKey(undefined);
  assertEquals(ok, null);
  assertMatch(mend ?? "", /Project Settings → API Keys/);
});

Deno.test("without a model every text goes to a person, which is no finding", async () => {
  const { ok, mend } = await findingOf("environment.model", hostedProject());
  assertEquals(ok, null);
  assertMatch(mend ?? "", /LLM_BASE_URL, LLM_API_KEY and LLM_MODEL/);
});

/** Runs the check of the names on a file of its own. */
async function namesIn(text: string): Promise<Finding> {
  const folder = await Deno.makeTempDir();
  const envFile = join(folder, "env");
  try {
    await Deno.writeTextFile(envFile, text);
    return await findingOf("environment.names", hostedProject({}, { envFile }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a misspelt name is found, and a project's own variables are not", async () => {
  const wrong = await namesIn("TWILIO_AUTH_TOKNE=secret-value\ntwilio_account_sid=x\nSHOP_URL=y\n");
  const said = assertWrong(wrong);
  assertMatch(said, /Rename TWILIO_AUTH_TOKNE to TWILIO_AUTH_TOKEN/);
  assertMatch(said, /Rename twilio_account_sid to TWILIO_ACCOUNT_SID/);
  assertEquals(/secret-value|SHOP_URL/.test(said), false);
  const right = await namesIn(
    "TWILIO_AUTH_TOKEN=a\nSUPABASE_SECRET_KEY=b\nTWILIO_PHONE=c\nSHOP_URL=d\n",
  );
  assertRight(right);
  assertMatch(right.detail, /beside 2 of the project's own/);
});

Deno.test("two swapped letters are one difference", () => {
  const pairs = [["TOKEN", "TOKNE"], ["TOKEN", "TOKE"], ["TOKEN", "TOKENS"], ["TOKEN", "T0KEN"], [
    "",
    "AB",
  ]];
  assertEquals(pairs.map(([a, b]) => difference(a, b)), [1, 1, 1, 1, 2]);
});

/** The local project on a Twilio account of a test's own. */
function onAccount(
  use: (
    url: string,
    project: (differing?: Record<string, string>) => Promise<Project>,
  ) => Promise<void>,
) {
  return withAccount(({ url }) =>
    use(url, (differing = {}) => localProject({ TWILIO_API_BASE_URL: url, ...differing }))
  );
}

Deno.test("environment.auth_token tells that the token is not the account's, until it is mended", () =>
  onAccount(async (_url, project) => {
    for (const key of [{}, API_KEY]) {
      const wrong = await project({ TWILIO_AUTH_TOKEN: "local-of-another-account", ...key });
      assertMatch(assertWrong(await findingOf("environment.auth_token", wrong)), /error 20003/);
      assertEquals((await findingOf("environment.account", wrong)).ok, null);
      assertRight(await findingOf("environment.auth_token", await project(key)));
    }
  }));

Deno.test("environment.api_key tells that the key is not the account's, until it is mended", () =>
  onAccount(async (_url, project) => {
    assertEquals((await findingOf("environment.api_key", await project())).ok, null);
    const wrong = await project({ ...API_KEY, TWILIO_API_KEY_SECRET: "" });
    assertEquals((await findingOf("environment.api_key", wrong)).ok, null);
    const refused = await project({ ...API_KEY, TWILIO_API_KEY: "AC-no-key" });
    assertMatch(
      assertWrong(await findingOf("environment.api_key", refused)),
      /refuses TWILIO_API_KEY/,
    );
    // The stand-in takes every API key, like the one that a developer makes in the console.
    assertRight(await findingOf("environment.api_key", await project(API_KEY)));
  }));

for (const status of ["suspended", "closed"] as const) {
  Deno.test(`environment.account tells that the account is ${status}, until it is active`, () =>
    onAccount(async (url, project) => {
      const account = async (state: AccountState["account"]) => {
        await setAccountState(url, { account: state });
        return await findingOf("environment.account", await project());
      };
      assertMatch(assertWrong(await account({ status })), /neither sends nor receives.*Billing/);
      assertRight(await account({ status: "active" }));
    }));
}

Deno.test("a trial account gets a hint, because it is no mistake", () =>
  onAccount(async (url, project) => {
    await setAccountState(url, { account: { type: "Trial" } });
    const { ok, detail, mend } = await findingOf("environment.account", await project());
    assertEquals(ok, null);
    assertMatch(`${detail} ${mend}`, /trial.*verified numbers.*[Uu]pgrade/);
    await setAccountState(url, { account: { type: "Full" } });
    assertRight(await findingOf("environment.account", await project()));
  }));

Deno.test("Twilio is not asked without its own token, and its silence is no finding", async () => {
  const asked = async (differing: Record<string, string>) => {
    const { ok, detail } = await findingOf("environment.auth_token", hostedProject(differing));
    assertEquals(ok, null);
    return detail;
  };
  assertMatch(await asked({ TWILIO_AUTH_TOKEN: "" }), /TWILIO_AUTH_TOKEN is not set/);
  assertMatch(await asked({ TWILIO_AUTH_TOKEN: AUTH_TOKEN }), /published local value/);
  assertMatch(await asked({ TWILIO_ACCOUNT_SID: "AC1" }), /TWILIO_ACCOUNT_SID must be/);
  assertMatch(await asked({ TWILIO_API_BASE_URL: "http://127.0.0.1:1" }), /Twilio does not answer/);
});
