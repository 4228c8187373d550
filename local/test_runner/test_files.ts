/**
 * The test files, in the order in which they start.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The files that take longest, slowest first: started last, one of them would keep the run waiting
 * while the other stacks have nothing to do. A list of files shares a process, and what they start once. The order is
 * a hint; a file that is not named runs all the same.
 */
export const SLOW_FILES: readonly (string | readonly string[])[] = [
  // One stack, one demo page and one browser.
  [
    "tests/tools/demo_page_test.ts",
    "tests/tools/demo_composer_test.ts",
    "tests/tools/demo_recruit_test.ts",
    "tests/tools/demo_inbox_test.ts",
  ],
  "tests/tools/bench_test.ts",
  "tests/reconcile/faults_reconcile_test.ts",
  "tests/bot/bot_test.ts",
  [
    "tests/outbox/sms_send_template_test.ts",
    "tests/outbox/sms_send_test.ts",
    "tests/outbox/faults_outbox_test.ts",
  ],
  [
    "tests/reconcile/reconcile_spans_test.ts",
    "tests/reconcile/reconcile_failures_test.ts",
    "tests/reconcile/reconcile_test.ts",
  ],
  "tests/outbox/send_test.ts",
  [
    "tests/project/readme_test.ts",
    "tests/project/deployed_doctor_test.ts",
    "tests/project/readme_chat_test.ts",
    "tests/project/client_copy_test.ts",
  ],
  [
    "tests/webhooks/events_equal_forms_test.ts",
    "tests/webhooks/faults_inbound_test.ts",
    "tests/webhooks/busy_test.ts",
  ],
  [
    "tests/database/crash_test.ts",
    "tests/database/migrations_test.ts",
    "tests/database/lock_order_test.ts",
  ],
  ["tests/project/deploy_test.ts", "tests/project/existing_project_test.ts"],
  ["tests/tools/realtime_frames_test.ts", "tests/tools/local_stack_test.ts"],
  [
    "tests/reconcile/platform_webhook_test.ts",
    "tests/reconcile/reconcile_request_test.ts",
    "tests/reconcile/schedules_test.ts",
  ],
  "tests/webhooks/database_failures_test.ts",
  ["tests/agents/watch_conversations_test.ts", "tests/agents/realtime_test.ts"],
  [
    "tests/tools/doctor_database_test.ts",
    "tests/tools/reconcile_task_test.ts",
    "tests/tools/doctor_round_trip_test.ts",
    "tests/tools/command_line_test.ts",
  ],
  ["tests/media/copy_media_test.ts", "tests/media/forget_media_test.ts"],
  ["tests/tools/fuzz_test.ts", "tests/tools/simulate_test.ts"],
  ["tests/webhooks/events_requests_test.ts", "tests/webhooks/webhook_answers_test.ts"],
  "tests/people/profile_alert_answers_test.ts",
];

/** The slow files, one by one. */
const SLOW = SLOW_FILES.flat();

/** Lists every `*_test.ts` below tests/, slow files first, then the largest, as paths from the root. */
export async function testFiles(): Promise<string[]> {
  const found: { path: string; size: number }[] = [];
  const list = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
      const path = `${folder}/${name}`;
      if (isDirectory) await list(path);
      else if (name.endsWith("_test.ts")) {
        found.push({ path, size: (await Deno.stat(join(ROOT, path))).size });
      }
    }
  };
  await list("tests");
  const rank = (path: string) => (SLOW.indexOf(path) + 1) || SLOW.length + 1;
  return found.sort((a, b) => rank(a.path) - rank(b.path) || b.size - a.size)
    .map(({ path }) => path);
}

/** How many files one process runs at most. */
const MAX_FILES = 8;

/**
 * Groups files that one process runs one after the other: slow files as SLOW_FILES has them, others with files of
 * their folder.
 *
 * @param files In the order in which they start.
 */
export function groupedFiles(files: string[]): string[][] {
  const slow = SLOW_FILES.map((entry) => [entry].flat().filter((file) => files.includes(file)))
    .filter((group) => group.length > 0);
  const others = Object.values(
    Object.groupBy(files.filter((file) => !SLOW.includes(file)), (file) => dirname(file)),
  ).flatMap((ofFolder = []) => {
    const groups = Math.ceil(ofFolder.length / MAX_FILES);
    // The largest files of a folder go to different groups.
    return Array.from(
      { length: groups },
      (_, group) => ofFolder.filter((_, index) => index % groups === group),
    );
  });
  return [...slow, ...others.sort((a, b) => b.length - a.length)];
}
