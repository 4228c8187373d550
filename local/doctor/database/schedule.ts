/**
 * Whether Supabase Cron calls sms-reconcile, and what it gets for an answer.
 *
 * @module
 */
import type { Examined, Outcome } from "../check.ts";
import { partOf } from "./part.ts";

/** The schedules, as `private.set_up_schedules` makes them. */
const JOBS: Record<string, string> = {
  "sms-reconcile": "10 seconds",
  "recruiting-prune": "47 3 * * *",
  "recruiting-clean-up": "17 3 * * *",
};

const SET_UP = "in the SQL editor: select private.set_up_schedules();";

/** How old the newest good answer may be, in ms: twelve runs. */
const MAX_AGE_MS = 120_000;

/** Checks that the jobs are there, active and successful. */
export async function checkCronJobs(examined: Examined): Promise<Outcome> {
  const jobs = await partOf(examined, "cron", ...missing(examined, "Supabase Cron"));
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const absent = Object.keys(JOBS).filter((name) => !byName.has(name));
  if (absent.length > 0) {
    return {
      ok: false,
      detail: `No schedule: ${absent.join(", ")}`,
      mend: `Switch on Cron, pg_net and Vault (dashboard → Integrations), then ${SET_UP}`,
    };
  }
  const inactive = jobs.filter(({ name, is_active }) => name in JOBS && !is_active);
  const moved = jobs.filter(({ name, schedule }) => name in JOBS && schedule !== JOBS[name]);
  if (inactive.length + moved.length > 0) {
    return {
      ok: false,
      detail: [
        ...inactive.map(({ name }) => `${name} is switched off`),
        ...moved.map(({ name, schedule }) => `${name} runs at "${schedule}"`),
      ].join("; "),
      mend: inactive.length > 0
        ? "Switch it on in the dashboard (Integrations → Cron)"
        : `Make them as they were, ${SET_UP}`,
    };
  }
  const failing = jobs.filter(({ name, last_run }) =>
    name in JOBS && last_run?.status === "failed"
  );
  if (failing.length > 0) {
    return {
      ok: false,
      detail: failing.map(({ name, last_run }) =>
        `${name} fails: ${last_run?.message ?? "no reason is stored"}`
      ).join("; "),
      mend: `Make the schedules again, ${SET_UP} They need pg_net and Vault`,
    };
  }
  return { ok: true, detail: `${Object.keys(JOBS).join(", ")} are active` };
}

/** Checks what sms-reconcile answers the schedule. */
export async function checkCronAnswers(examined: Examined): Promise<Outcome> {
  const jobs = await partOf(examined, "cron", ...missing(examined, "Supabase Cron"));
  const { last_good_at, failure } = await partOf(examined, "net", ...missing(examined, "pg_net"));
  const now = Date.parse((await examined.health()).checked_at);
  if (last_good_at !== null && now - Date.parse(last_good_at) <= MAX_AGE_MS) {
    return { ok: true, detail: "sms-reconcile has answered within the last 2 minutes" };
  }
  if (!jobs.some(({ name, is_active }) => name === "sms-reconcile" && is_active)) {
    return { ok: null, detail: "The schedule sms-reconcile does not run" };
  }
  if (failure === null) {
    return {
      ok: false,
      detail: "sms-reconcile has not answered the schedule for 2 minutes",
      mend:
        "A new schedule needs some seconds: run the doctor again. Else see whether Vault has project_url and sms_reconcile_key, and the runs in the dashboard (Integrations → Cron)",
    };
  }
  return {
    ok: false,
    detail: failure.status === null
      ? `The schedule does not reach sms-reconcile: ${failure.error ?? "no reason is stored"}`
      : `sms-reconcile answers the schedule with ${failure.status}`,
    mend: mendOfAnswer(failure.status),
  };
}

/** Checks that Vault has what the schedule reads. */
export async function checkVault(examined: Examined): Promise<Outcome> {
  const vault = await partOf(examined, "vault", ...missing(examined, "Vault"));
  const absent = ["project_url", "sms_reconcile_key"].filter((name) => !vault.names.includes(name));
  if (absent.length > 0) {
    return {
      ok: false,
      detail: `Vault lacks ${absent.join(" and ")}: the schedule calls nothing`,
      mend:
        "Run `db push` with PROJECT_URL (https://<ref>.supabase.co) and SMS_RECONCILE_KEY (a secret key) in the environment, or in the SQL editor: select vault.create_secret('<value>', '<name>');",
    };
  }
  if (vault.is_address_plain === false) {
    return {
      ok: false,
      detail: "project_url in Vault is not an address without a path",
      mend:
        "In the SQL editor: select vault.update_secret((select id from vault.secrets where name = 'project_url'), 'https://<ref>.supabase.co');",
    };
  }
  return { ok: true, detail: "Vault has project_url and sms_reconcile_key" };
}

function mendOfAnswer(status: number | null): string {
  if (status === 401) {
    return "sms_reconcile_key in Vault is no secret key of this project. In the SQL editor: select vault.update_secret((select id from vault.secrets where name = 'sms_reconcile_key'), '<a secret key>');";
  }
  if (status === 404) {
    return "Deploy sms-reconcile, and see that project_url in Vault is https://<ref>.supabase.co";
  }
  if (status === null) return "See that project_url in Vault is https://<ref>.supabase.co";
  return "Read the log of sms-reconcile in the dashboard (Edge Functions → Logs)";
}

/** What it means that an extension of the schedule is missing, and what to do. */
function missing({ project }: Examined, extension: string): [detail: string, mend?: string] {
  // A timer calls it there.
  if (project.isLocal) return ["The local stack calls sms-reconcile without it"];
  return [
    `${extension} is not installed: due work waits until another scheduler calls sms-reconcile`,
    `Unless you have another scheduler, switch on Cron, pg_net and Vault (dashboard → Integrations), then ${SET_UP}`,
  ];
}
