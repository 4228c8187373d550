/**
 * Reads what is committed to realtime.messages, from a replication slot.
 *
 * @module
 */
import pg from "pg";
import { LogicalReplicationService, PgoutputPlugin } from "pg-logical-replication";
import postgres from "postgres";

/** A row of realtime.messages, as it was committed. */
export interface CommittedMessage {
  id: string;
  topic: string;
  event: string | null;
  /** As jsonb prints it. */
  payload: string | null;
  private: boolean | null;
}

/** A stream that begins again whenever it breaks. */
export interface MessageStream {
  /** Resolves while it streams; right away if it does now. */
  streaming(): Promise<void>;
  stop(): Promise<void>;
}

const PUBLICATION = "supabase_realtime_messages_publication";
const SLOT = "supabase_realtime_messages_replication_slot";
const RETRY_AFTER_MS = 250;
const JSONB = 3802;

/**
 * Streams messages in the order of their commits. What is committed while the stream is broken is
 * not delivered, as on the real server.
 *
 * @param url The database's address as a superuser.
 * @param onMessage Gets each message.
 */
export function streamMessages(
  url: string,
  onMessage: (message: CommittedMessage) => void,
): MessageStream {
  // Only this stream uses npm:pg here; a frame carries jsonb's own print, not JavaScript's.
  pg.types.setTypeParser(JSONB, (text: string) => text);
  let streaming = Promise.withResolvers<void>();
  let isStreaming = false;
  let service: LogicalReplicationService | undefined;
  let stopped = false;

  const run = async () => {
    while (!stopped) {
      try {
        await makeSlot(url);
        if (stopped) break;
        service = new LogicalReplicationService({ connectionString: url });
        service.on("start", () => {
          isStreaming = true;
          streaming.resolve();
        });
        service.on("error", () => {});
        service.on("data", (_lsn, log) => {
          if (log.tag === "insert" && log.relation.schema === "realtime") onMessage(log.new);
        });
        await service.subscribe(
          new PgoutputPlugin({ protoVersion: 1, publicationNames: [PUBLICATION] }),
          SLOT,
        );
      } catch {
        // The database is away; the loop looks again.
      }
      // Whoever waits already goes on waiting for the same promise.
      if (isStreaming) streaming = Promise.withResolvers();
      isStreaming = false;
      await service?.destroy().catch(() => {});
      if (!stopped) await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    }
  };
  const running = run();
  return {
    streaming: () => streaming.promise,
    async stop() {
      stopped = true;
      // A service that is destroyed while it connects never ends.
      await Promise.race([streaming.promise, running]);
      await service?.destroy().catch(() => {});
      await running;
      await withSql(url, dropSlot).catch(() => {});
    },
  };
}

/** Makes the slot anew: what an old one has kept is history. */
async function makeSlot(url: string): Promise<void> {
  await withSql(url, async (sql) => {
    await dropSlot(sql);
    await sql`select pg_create_logical_replication_slot(${SLOT}, 'pgoutput')`;
  });
}

async function dropSlot(sql: postgres.Sql): Promise<void> {
  await sql`select pg_terminate_backend(active_pid) from pg_replication_slots
    where slot_name = ${SLOT} and active_pid is not null`;
  await sql`select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ${SLOT}`;
}

async function withSql(url: string, use: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    await use(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
