import { fileURLToPath } from "node:url";
import { startConversation } from "../support/conversations.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { commandLine } from "../support/command_line.ts";
import { runTaskHere } from "../support/run_task_here.ts";
import { outboundMessage } from "../support/conversations.ts";
import { DENO } from "../../local/command_line/task_command.ts";
import { THREW_HEADER } from "../../local/functions/thrown_error.ts";
import { fateOfText, noteOnFate } from "../../local/simulate/fate_of_text.ts";
import { freePorts } from "../../local/settings/addresses.ts";
import task from "../../local/simulate.ts";
import { API_URL, PORTS, TWILIO_URL, withSql } from "../support/stack.ts";
import { isDocumentedStatus } from "../../supabase/functions/_shared/twilio/message_status.ts";
import { MESSAGE_STATUSES } from "../../local/stand_ins/twilio/message_statuses.ts";
import { AUTH_TOKEN, newPhone, newSid } from "../support/twilio.ts";
import {
  assertEvent,
  debuggerPayload,
  type EventsPost,
  withReceiver,
} from "../support/events_receiver.ts";
import { clientFor, OUR_NUMBER } from "../support/twilio_stand_in.ts";
import { ALERTS_SECRET, newContact, PERSON } from "../support/profile_alerts.ts";
import { until } from "../support/wait.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The running stack's. */
const PORT_BASE = String(PORTS.api - 1);

/** The variables of a developer's shell. */
const SHELL = { PORT_BASE, TWILIO_AUTH_TOKEN: AUTH_TOKEN };

function simulate(...args: string[]) {
  return runTaskHere(task, SHELL, ...args);
}

/** Runs the task in a process of its own, with something on its standard input. */
async function simulateWith(input: string, ...args: string[]) {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "local/simulate.ts", ...args],
    cwd: ROOT,
    env: SHELL,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  // A task that refuses its options does not read.
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await process.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

const HERE = ["--url", API_URL, "--token", AUTH_TOKEN];

Deno.test("simulate inbound sends a signed text and shows the answer and the rows", async () => {
  const { recruit_phone } = await startConversation();
  const { code, out } = await simulate(
    "inbound",
    ...["--from", recruit_phone, "--to", "+15550100000", "--body", "Still open?"],
    ...[
      "--media",
      "https://example.com/cv.jpg",
      "--repeat",
      "3",
      "--concurrent",
      "--json",
      ...HERE,
    ],
  );
  assertEquals(code, 0);
  const { deliveries, rows } = JSON.parse(out);
  assertEquals(deliveries.map(({ status }: { status: number }) => status), [200, 200, 200]);
  assertEquals(rows.recruiting_messages.length, 1);
  assertEquals(rows.recruiting_messages[0].body, "Still open?");
  assertEquals(rows.recruiting_messages[0].media[0].url, "https://example.com/cv.jpg");
  assertEquals(rows.recruiting_conversations[0].recruit_phone, recruit_phone);
});

Deno.test("simulate inbound posts a WhatsApp text, and prints the answer and the rows for people", async () => {
  const { code, out } = await simulate(
    "inbound",
    ...["--from", newPhone(), "--to", "+15550100009", "--channel", "whatsapp", ...HERE],
  );
  assertEquals(code, 0);
  assertMatch(out, /200 {2}<\?xml/);
  assertMatch(out, /recruiting_unmatched_messages: 1 row/);
});

/** What the webhook gets for a WhatsApp text: the form, kept because there is no conversation. */
async function formOf(...args: string[]): Promise<Record<string, string>> {
  const { code, out } = await simulate(
    "inbound",
    ...["--from", newPhone(), "--to", OUR_NUMBER, "--json"],
    ...args,
  );
  assertEquals(code, 0);
  return JSON.parse(out).rows.recruiting_unmatched_messages[0].payload;
}

for (const [way, options] of [["signed here", HERE], ["through the stand-in", []]] as const) {
  Deno.test(`simulate inbound shares a location, ${way}`, async () => {
    const { Body, Latitude, Longitude, Label, ProfileName } = await formOf(
      ...["--channel", "whatsapp", "--location", "39.7392,-104.9903,The depot, gate 2"],
      ...["--profile-name", "Dee", ...options],
    );
    assertEquals({ Body, Latitude, Longitude, Label, ProfileName }, {
      Body: "",
      Latitude: "39.7392",
      Longitude: "-104.9903",
      Label: "The depot, gate 2",
      ProfileName: "Dee",
    });
  });

  Deno.test(`simulate inbound presses a button, ${way}`, async () => {
    const { Body, ButtonText, ButtonPayload } = await formOf(
      ...["--channel", "whatsapp", "--button", "Days:shift:days", ...options],
    );
    assertEquals([Body, ButtonText, ButtonPayload], ["Days", "Days", "shift:days"]);
  });

  Deno.test(`simulate inbound reacts, and tells Advanced Opt-Out's verdict, ${way}`, async () => {
    assertEquals(
      (await formOf("--react", "Days or nights?", ...options)).Body,
      "Loved “Days or nights?”",
    );
    const stop = await formOf("--body", "enough", "--opt-out-type", "STOP", ...options);
    assertEquals([stop.Body, stop.OptOutType], ["enough", "STOP"]);
  });
}

Deno.test("simulate inbound goes through the stand-in for Twilio, and stays in its log", async () => {
  const { recruit_phone } = await startConversation();
  const { code, out } = await simulate(
    "inbound",
    ...["--from", recruit_phone, "--to", OUR_NUMBER, "--body", "Still open?"],
    ...["--repeat", "3", "--concurrent", "--json"],
  );
  assertEquals(code, 0);
  const { url, deliveries, rows } = JSON.parse(out);
  assertEquals(url, `${API_URL}/functions/v1/sms-inbound`);
  assertEquals(deliveries.map(({ status }: { status: number }) => status), [200, 200, 200]);
  assertEquals(rows.recruiting_messages.length, 1);
  const logged = await clientFor(TWILIO_URL).messages.list({ from: recruit_phone });
  assertEquals(logged.map(({ sid, body }) => [sid, body]), [
    [deliveries[0].message_sid, "Still open?"],
  ]);
});

/** Answers the first text of a phone, as the bot would. */
async function replyTo(phone: string, body: string) {
  const { messages } = clientFor(TWILIO_URL);
  await until(async () => (await messages.list({ from: phone })).length > 0, "the text");
  await messages.create({ to: phone, from: OUR_NUMBER, body });
}

Deno.test("chat sends each line, shows what comes after it, and waits for a reply", async () => {
  const phone = newPhone();
  await clientFor(TWILIO_URL).messages.create({ to: phone, from: OUR_NUMBER, body: "Before" });
  const [{ code, out, err }] = await Promise.all([
    simulateWith(
      "\nHi\n",
      ...["chat", "--from", phone, "--to", OUR_NUMBER],
    ),
    replyTo(phone, "Hello there"),
  ]);
  assertEquals([code, err], [0, ""]);
  const lines = out.trim().split("\n").map((line) => line.trim());
  assertEquals([lines[0], lines[1]], ["> Hi", "< Hello there"]);
  assertEquals(lines.at(-1), "delivered");
  assert(!out.includes("Before"), out);
});

Deno.test("chat shows why a reply has not been delivered", async () => {
  const phone = `+15005563003${newPhone().slice(-4)}`;
  const [{ code, out }] = await Promise.all([
    simulateWith(
      "Hi",
      ...["chat", "--from", phone, "--to", OUR_NUMBER],
    ),
    replyTo(phone, "Hello there"),
  ]);
  assertEquals(code, 0);
  assertMatch(out, /< Hello there\n[^]* {2}undelivered 30003\n$/);
});

Deno.test("chat goes over WhatsApp", async () => {
  const phone = newPhone();
  const [{ code, out }] = await Promise.all([
    simulateWith(
      "Hola",
      ...["chat", "--from", phone, "--to", OUR_NUMBER, "--channel", "whatsapp"],
    ),
    (async () => {
      const { messages } = clientFor(TWILIO_URL);
      const [to, from] = [`whatsapp:${phone}`, `whatsapp:${OUR_NUMBER}`];
      await until(async () => (await messages.list({ from: to })).length > 0, "the text");
      await messages.create({ to, from, body: "Hello there" });
    })(),
  ]);
  assertEquals(code, 0);
  assertMatch(out, /< Hello there/);
});

Deno.test("a stand-in that is not there is named", async () => {
  const portBase = String(freePorts().api - 1);
  for (
    const args of [
      ["chat", "--from", "+15550100001", "--to", OUR_NUMBER],
      ["inbound", "--from", "+15550100001", "--to", OUR_NUMBER],
    ]
  ) {
    const { code, err } = await runTaskHere(task, { ...SHELL, PORT_BASE: portBase }, ...args);
    assertEquals(code, 1);
    assertMatch(
      err,
      /Nothing answers at http:\/\/127\.0\.0\.1:\d+\. Is `PORT_BASE=\d+ npx -y .* task start` running/,
    );
  }
});

Deno.test("simulate status delivers callbacks in any order", () =>
  withSql(async (sql) => {
    const sid = newSid();
    const { id } = await startConversation();
    const message = await outboundMessage(sql, id);
    const { code, out } = await simulate(
      "status",
      ...[
        "--sid",
        sid,
        "--status",
        "queued,sent,undelivered",
        "--error-code",
        "30003",
        "--message",
        message,
      ],
      ...["--shuffle", "--json", ...HERE],
    );
    assertEquals(code, 0);
    const { rows } = JSON.parse(out);
    assertEquals(rows.recruiting_messages[0].status, "failed");
    assertEquals(rows.recruiting_messages[0].error_code, "30003");
    assertEquals(rows.recruiting_message_events.length, 3);
  }));

for (
  const [args, message] of [
    [[], /Usage: npx -y deno@[\d.]+ task simulate \[options\] \[command\]/],
    [["inbund"], /unknown command 'inbund'/],
    [["inbound"], /--from is missing/],
    [["inbound", "--from", "+15550100001"], /--to is missing/],
    [["inbound", "--form", "+15550100001"], /unknown option '--form'\n\(Did you mean --from\?\)/],
    [
      ["inbound", "--from", "a", "--to", "b", "--repeat", "0"],
      /'--repeat <n>' argument '0' is invalid. It must be a whole number from 1/,
    ],
    [
      ["inbound", "--from", "a", "--to", "b", "--channel", "fax"],
      /argument 'fax' is invalid. Allowed choices are sms, /,
    ],
    [
      ["inbound", "--from", "a", "--to", "b", "--url", "ftp://x"],
      /--url must be an http or https URL/,
    ],
    [
      ["inbound", "--from", "a", "--to", "b", "--location", "here"],
      /argument 'here' is invalid. It must be LATITUDE,LONGITUDE\[,LABEL\]/,
    ],
    [
      ["inbound", "--from", "a", "--to", "b", "--channel", "whatsapp", "--location", "91,0"],
      /--location: Number must be less than or equal to 90/,
    ],
    [["inbound", "--from", "a", "--to", "b", "--button", "Days"], /--button: SMS does not have it/],
    [
      ["inbound", "--from", "a", "--to", "b", "--channel", "whatsapp", "--react", "Hi"],
      /--react: Twilio delivers reactions on SMS only/,
    ],
    [["inbound", "--from", "a", "--to", "b", "--body", "Hi", "--react", "Hi"], /Only one of these/],
    [["inbound", "--from", "a", "--to", "b", "--token", ""], /--token must not be empty/],
    [["status", "--sid", "SM1"], /--status is missing/],
    [
      ["status", "--sid", "SM1", "--status", "sent,deliverd"],
      /'--status <statuses>' argument 'sent,deliverd' .* no "deliverd"\. Allowed are accepted, .*, read\./,
    ],
    [["status", "--sid", "SM1", "--status", ","], /'--status <statuses>' argument ',' is invalid/],
    [["chat", "--from", "+15550100001"], /--to is missing/],
    [["chat", "--url", API_URL], /unknown option '--url'/],
    [
      ["events", "--type", "lost"],
      /'--type <names>' .* There is no "lost"\. Allowed are received, queued, /,
    ],
    [
      ["events", "--count", "1001"],
      /'--count <n>' argument '1001' is invalid. It must be a whole number from 1 to 1000/,
    ],
    [["streams", "--on", "--off"], /'--off' cannot be used with option '--on'/],
    [
      ["streams", "--on", "--batch", "0"],
      /'--batch <n>' argument '0' is invalid. It must be a whole number from 1 to 1000/,
    ],
    [["call", "--channel", "whatsapp"], /unknown option '--channel'/],
    [
      ["debugger", "--level", "INFO"],
      /argument 'INFO' is invalid. Allowed choices are ERROR, WARNING/,
    ],
    [
      ["debugger", "--code", "200"],
      /'--code <code>' argument '200' is invalid. It must be a whole number/,
    ],
  ] as const
) {
  Deno.test(`simulate ${args.join(" ")} says what is wrong`, async () => {
    const { code, out, err } = await commandLine(task, ...args);
    assertEquals(code, 2);
    assertMatch(out + err, message);
  });
}

for (
  const args of [
    ["--help"],
    ["inbound", "--help"],
    ["status", "--help"],
    ["chat", "--help"],
    ["events", "--help"],
    ["streams", "--help"],
    ["call", "--help"],
    ["debugger", "--help"],
  ]
) {
  Deno.test(`simulate ${args.join(" ")} explains itself`, async () => {
    const { code, out } = await commandLine(task, ...args);
    assertEquals(code, 0);
    assert(out.startsWith(`Usage: ${DENO} task simulate`), out);
  });
}

Deno.test("simulate status allows the statuses that sms-status knows as documented", () => {
  assertEquals(MESSAGE_STATUSES.filter((status) => !isDocumentedStatus(status)), []);
  assertEquals(MESSAGE_STATUSES.length, 13);
});

Deno.test("a status list with one wrong entry posts nothing", async () => {
  const { code, posts } = await simulateAgainst(
    () => new Response(),
    ...["status", "--sid", "SM1", "--status", "sent,deliverd"],
  );
  assertEquals([code, posts.length], [2, 0]);
});

Deno.test("a text without a conversation is said to be kept, with the command that begins one", async () => {
  const phone = newPhone();
  const { code, err } = await simulate("inbound", "--from", phone, "--to", OUR_NUMBER);
  assertEquals(code, 0);
  assertMatch(err, /answered 200, and kept in recruiting_unmatched_messages \(no_conversation\)/);
  assert(!err.includes("No bot will answer"), err);
  const [command] = err.match(/curl .*/) ?? [];
  const adopting = await new Deno.Command("sh", { args: ["-c", command ?? "false"] }).output();
  assert(adopting.success, `${command} exits with ${adopting.code}`);
  await withSql(async (sql) => {
    const adopted = await sql`
      select from recruiting_messages
      join recruiting_conversations on recruiting_conversations.id = conversation_id
      where recruit_phone = ${phone}`;
    assertEquals(adopted.length, 1);
  });
});

Deno.test("a text to a number without a row of recruiting_senders is told that no bot answers", async () => {
  const to = newPhone();
  const { err } = await simulate("inbound", "--from", newPhone(), "--to", to);
  assert(err.includes(`No bot will answer: ${to} is no row of recruiting_senders`), err);
});

Deno.test("a text that is answered 200 and has no row is said not to be stored", async () => {
  const text = { messageSid: newSid(), from: newPhone(), to: OUR_NUMBER, channel: "sms" } as const;
  const fate = await fateOfText(`${API_URL}/functions/v1/sms-inbound`, text);
  assertMatch(noteOnFate(fate, text) ?? "", /^The text is answered 200, and not stored: deferred/);
});

Deno.test("a function that does not run is named at once", async () => {
  const { code, err } = await simulateAgainst(
    () =>
      Response.json({ code: "WORKER_ERROR", message: 'Function "x" is not running' }, {
        status: 503,
      }),
    ...["inbound", "--from", newPhone(), "--to", OUR_NUMBER],
  );
  assertEquals(code, 1);
  assertMatch(
    err,
    /error: Function "x" is not running\. The terminal of `.* task start` shows its error/,
  );
});

Deno.test("a function that throws is named, also where it is answered 200", async () => {
  const answer = () => {
    const headers = { [THREW_HEADER]: "1" };
    return Response.json({ status: "deferred" }, { headers });
  };
  for (
    const args of [
      ["status", "--sid", "SM1", "--status", "sent"],
      ["inbound", "--from", newPhone(), "--to", OUR_NUMBER],
      ["events"],
      ["debugger"],
      ["profile-alert"],
    ]
  ) {
    const { code, out, err } = await simulateAgainst(answer, ...args);
    assertEquals([args[0], code], [args[0], 1]);
    assertMatch(
      err,
      /error: The function has thrown an error\. The terminal of `.* task start` shows/,
    );
    assertMatch(out, /(^| {2})200 {2}\{"status":"deferred"\} {2}[\d.]+ ms$/m);
  }
});

Deno.test("a webhook that has stored nothing is said to have failed", async () => {
  const { code, err } = await simulateAgainst(
    () => Response.json({ status: "deferred" }),
    ...["status", "--sid", "SM1", "--status", "sent"],
  );
  assertEquals(code, 1);
  assertMatch(
    err,
    /error: The answer is deferred: nothing is stored, because the database was not/,
  );
});

/** Runs a test with a number whose webhook fails, and whose fallback URL answers 200. */
function withFailingWebhook(failure: () => Response, use: (number: string) => Promise<void>) {
  return withReceiver(async ({ url }) => {
    const number = newPhone();
    await clientFor(TWILIO_URL).incomingPhoneNumbers.create({
      phoneNumber: number,
      smsUrl: `${url}/failing`,
      smsFallbackUrl: `${url}/fallback`,
    });
    await use(number);
  }, (_, path) => path === "/failing" ? failure() : new Response());
}

Deno.test("a function that does not run is named, also where its fallback URL takes the text", () =>
  withFailingWebhook(
    () =>
      Response.json({ code: "WORKER_ERROR", message: 'Function "x" does not start: read on' }, {
        status: 503,
      }),
    async (number) => {
      const said =
        /Function "x" does not start\. The terminal of `.* task start` shows its error\. The answer is its fallback URL's/;
      const inbound = await simulate("inbound", "--from", newPhone(), "--to", number);
      assertEquals(inbound.code, 1);
      assertMatch(inbound.err, said);
      // The columns of a text say neither true nor false.
      assertMatch(inbound.out, /^SM\w+ {2}200 {2}/m);
      const chat = await simulateWith(
        "Hi\nHi\n",
        ...["chat", "--from", newPhone(), "--to", number],
      );
      assertEquals(chat.code, 1);
      assertEquals(chat.err.match(/does not start/g)?.length, 1);
      // The failure says why the text is not stored.
      assert(!chat.err.includes("and not stored"), chat.err);
    },
  ));

Deno.test("a function that throws is named, also where its fallback URL takes the text", () =>
  withFailingWebhook(
    () => new Response(null, { status: 503, headers: { [THREW_HEADER]: "1" } }),
    async (number) => {
      const { code, err } = await simulate("inbound", "--from", newPhone(), "--to", number);
      assertEquals(code, 1);
      assertMatch(err, /has thrown an error\. .* The answer is its fallback URL's/);
    },
  ));

Deno.test("a webhook that fails is named, also where its fallback URL takes the text", () =>
  withFailingWebhook(() => new Response(null, { status: 500 }), async (number) => {
    const { code, err } = await simulate("inbound", "--from", newPhone(), "--to", number);
    assertEquals(code, 1);
    assertMatch(
      err,
      /error: http:.*\/failing fails: Got HTTP 500 response\. The answer is its fallback URL's/,
    );
  }));

for (const status of ["escalated", "closed"]) {
  Deno.test(`chat says who has a conversation that is ${status}, and hands it back`, async () => {
    const { id, recruit_phone } = await startConversation({ status });
    const chat = ["chat", "--from", recruit_phone, "--to", OUR_NUMBER];
    const before = await simulateWith("Hi\n", ...chat);
    assertEquals(before.code, 1);
    assertMatch(before.err, new RegExp(`status ${status}\\): the bot does not answer`));
    assertEquals(before.err.match(/the bot does not answer/g)?.length, 1);
    const command = `PORT_BASE=${PORT_BASE} ${DENO} task simulate ${chat.join(" ")} --hand-back`;
    assert(before.err.includes(command), before.err);

    const after = await simulateWith("", ...chat, "--hand-back");
    assertEquals([after.code, after.err], [0, ""]);
    await withSql(async (sql) => {
      const [row] = await sql`select status from recruiting_conversations where id = ${id}`;
      assertEquals(row.status, "bot");
    });
  });
}

Deno.test("a wrong key is answered 401, and simulate fails", async () => {
  const { code, out } = await simulate(
    "inbound",
    ...["--from", newPhone(), "--to", "+15550100000", "--url", API_URL, "--token", "wrong"],
  );
  assertEquals(code, 1);
  assertMatch(out, /401/);
});

Deno.test("a URL where no server listens is named", async () => {
  const { code, err } = await simulate(
    ...["inbound", "--from", "a", "--to", "b", "--url", "http://127.0.0.1:9", "--token", "x"],
  );
  assertEquals(code, 1);
  assertMatch(err, /Nothing answers at http:\/\/127\.0\.0\.1:9/);
});

Deno.test("simulate streams switches Event Streams on and off", async () => {
  const state = async (...args: string[]) => {
    const { code, out } = await simulate("streams", "--json", ...args);
    assertEquals(code, 0);
    return JSON.parse(out);
  };
  try {
    const { subscription, url } = await state("--on", "--no-forms", "--batch", "50");
    assertEquals(url, `${API_URL}/functions/v1/twilio-events`);
    assertEquals([subscription.forms, subscription.faults, subscription.batch], [false, true, 50]);
    assertEquals((await state()).subscription, subscription);
  } finally {
    assertEquals((await state("--off")).subscription, null);
  }
  const { out } = await simulate("streams");
  assertMatch(out, /Event Streams to .*twilio-events are off/);
});

/** Runs a task against a receiver. @returns What it printed, and what the receiver got. */
async function simulateAgainst(answer: () => Response, ...args: string[]) {
  let result: { code: number; out: string; err: string; posts: EventsPost[] } | undefined;
  await withReceiver(async ({ url, posts }) => {
    const there = ["--url", `${url}/functions/v1`, "--token", AUTH_TOKEN];
    result = { ...await simulate(...args, ...there), posts };
  }, answer);
  if (!result) throw new Error("The receiver did not run");
  return result;
}

Deno.test("simulate events posts one signed batch, of events in their documented shapes", async () => {
  const { code, posts: [post] } = await simulateAgainst(
    () => new Response(),
    ...["events", "--type", "received,sent,undelivered,read,error", "--error-code", "30003"],
    ...["--channel", "whatsapp", "--num-media", "2", "--message", "a-row", "--count", "3"],
  );
  assertEquals([code, post.isSigned, post.events.length], [0, true, 15]);
  for (const event of post.events) assertEvent(event);
  const [received, sent, undelivered] = post.events;
  assertEquals([received.data.from, received.data.numMedia], ["whatsapp:+15550100001", 2]);
  assertMatch(String(sent.data.statusCallBackUrl), /\/functions\/v1\/sms-status\?message=a-row$/);
  assertEquals([undelivered.data.errorCode, undelivered.data.from], [
    30003,
    "whatsapp:+15550100000",
  ]);
});

Deno.test("simulate call says why Twilio would refuse the answer", async () => {
  const { code, err, posts } = await simulateAgainst(
    () => Response.json({ status: "received" }),
    ...["call", "--from", newPhone(), "--to", OUR_NUMBER],
  );
  assertEquals([code, posts.every(({ isSigned }) => isSigned)], [1, true]);
  assertMatch(err, /Twilio refuses the answer: 12300 Invalid Content-Type: application\/json/);
});

Deno.test("simulate debugger posts the form of an entry", async () => {
  const { code, out, posts: [post] } = await simulateAgainst(
    () => new Response(),
    ...["debugger", "--code", "12300", "--level", "WARNING", "--repeat", "2", "--json"],
  );
  const { error_code, webhook } = debuggerPayload(post.form);
  assertEquals([code, post.isSigned, post.form.Level, error_code], [0, true, "WARNING", "12300"]);
  assertMatch(webhook.request.url, /\/functions\/v1\/sms-inbound$/);
  assertEquals(JSON.parse(out).deliveries.map(({ sid }: { sid: string }) => sid), [
    post.form.Sid,
    post.form.Sid,
  ]);
});

Deno.test("simulate events, call and debugger show what the stack has stored", async () => {
  const run = async (...args: string[]) => {
    const { code, out } = await simulate(...args, "--json");
    assertEquals(code, 0);
    return JSON.parse(out);
  };
  const { recruit_phone } = await startConversation();
  const text = await run(
    ...["events", "--recruit", recruit_phone, "--body", "Still open?", "--repeat", "2"],
  );
  assertEquals(text.deliveries.map(({ events, body }: Record<string, unknown>) => [events, body]), [
    [1, '{"status":"received"}'],
    [1, '{"status":"received"}'],
  ]);
  assertEquals(text.rows.recruiting_messages.map(({ body }: { body: string }) => body), [
    "Still open?",
  ]);
  const call = await run("call", "--from", recruit_phone, "--to", OUR_NUMBER);
  assertEquals(
    call.rows.recruiting_twilio_events.map(({ kind }: { kind: string }) => kind),
    ["call", "call_status"],
  );
  const entry = await run("debugger", "--recruit", recruit_phone);
  const [{ kind, error_code, url, phones }] = entry.rows.recruiting_twilio_events;
  assertEquals([kind, error_code, url, phones], [
    "debugger",
    "11200",
    `${API_URL}/functions/v1/sms-inbound`,
    [recruit_phone, OUR_NUMBER],
  ]);
});

Deno.test("simulate profile-alert posts a change, and shows the contact and what has changed", async () => {
  const contact = await newContact({ profile: PERSON });
  const person = JSON.stringify({ ...PERSON, headline: "Planner" });
  const { code, out, err } = await simulate(
    "profile-alert",
    ...["--subscription", contact.subscription, "--person", person, "--repeat", "2"],
    ...["--url", API_URL, "--token", ALERTS_SECRET],
  );
  assertEquals([code, err], [0, ""]);
  assertMatch(out, /^POST \S+\/functions\/v1\/profile-alerts\n/);
  assertEquals(out.match(/200 {2}\{"ok":true\}/g)?.length, 2);
  assertMatch(out, /recruiting_contacts: 1 row\n/);
  assertMatch(out, /recruiting_profile_alerts: 1 row\n[^]*"to":"Planner"/);
  assert(!out.includes(ALERTS_SECRET), "the secret is printed");
  const secret = "0123456789abcdef".repeat(4);
  for (
    const misplaced of [
      [secret],
      ["--url", `${API_URL}/functions/v1/profile-alerts/${secret}`],
      ["--url", `${API_URL.replace("//", `//user:${secret}@`)}`, "--token", ALERTS_SECRET],
    ]
  ) {
    const { out, err } = await simulate("profile-alert", ...misplaced);
    assert(`${out}${err}` !== "" && !`${out}${err}`.includes(secret), `${out}${err}`);
  }
  const unknown = await simulate("profile-alert", "--subscription", "none", "--person", "[]");
  assertEquals(unknown.code, 2);
  assertMatch(unknown.err, /--person must be a JSON object/);
});
