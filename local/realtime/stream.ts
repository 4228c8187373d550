/**
 * A stream of the rows committed to realtime.messages, from a replication slot.
 *
 * @module
 */
import pg from "pg";
import { LogicalReplicationService, PgoutputPlugin } from "pg-logical-replication";
import type postgres from "postgres";
import { withSql } from "../postgres/with_sql.ts";

/** A committed row of realtime.messages. */
export interface CommittedMessage {
  id: string;
  topic: string;
  event: string | null;
  /** As jsonb prints it. */
  payload: string | null;
  private: boolean | null;
}

/** A stream that reconnects whenever it breaks. */
export interface MessageStream {
  /** Resolves once the stream runs; at once if it runs now. */
  streaming(): Promise<void>;
  stop(): Promise<void>;
}

const PUBLICATION = "supabase_realtime_messages_publication";
const SLOT = "supabase_realtime_messages_replication_slot";
const RETRY_AFTER_MS = 250;
const JSONB = 3802;

/**
 * Streams messages in the order of their commits. Messages committed during a reconnect are lost,
 * as on the hosted server.
 *
 * @param url The database's address as a superuser.
 * @param onMessage Receives each message.
 */
export function streamMessages(
  url: string,
  onMessage: (message: CommittedMessage) => void,
): MessageStream {
  // A frame carries the payload as jsonb prints it, so it is not parsed. The parser is global, and
  // no other code in this process uses npm:pg.
  pg.types.setTypeParser(JSONB, (text: string) => text);
  let streaming = Promise.withResolvers<void>();
  let isStreaming = false;
  let service: LogicalReplicationService | undefined;
  let stopped = false;

  const run = async () => {
    while (!stopped) {
      try {
        await createSlot(url);
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
        // The database cannot be reached; the loop retries.
      }
      // Callers that wait for a first connection keep their promise.
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
      // Destroying a service that still connects would leave it running, so connecting must end
      // first.
      await Promise.race([streaming.promise, running]);
      await service?.destroy().catch(() => {});
      await running;
      await withSql(url, dropSlot).catch(() => {});
    },
  };
}

/** Creates an empty slot in place of the old one, whose messages are outdated. */
async function createSlot(url: string): Promise<void> {
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
