/**
 * Triggers that record every change of a conversation or message, and every broadcast, in the
 * transaction that makes it. The ids of a conversation's changes are in their order, because each
 * change is made under the lock of the conversation's row.
 *
 * @module
 */
import type postgres from "postgres";
import type { Tables } from "../../supabase/functions/_shared/database/database.types.ts";

/** A conversation's row. */
export type Conversation = Tables<"recruiting_conversations">;

/** A message's row. */
export type MessageRow = Tables<"recruiting_messages">;

/** A change. `record` is the row after it, or the deleted row. */
export type Change =
  & { at: string; op: "INSERT" | "UPDATE" | "DELETE"; conversation_id: string }
  & (
    | { kind: "conversation"; record: Conversation }
    | { kind: "message"; record: MessageRow }
    | { kind: "broadcast"; record: { id: string; topic: string; event: string } }
  );

/**
 * Starts to record.
 *
 * @param sql A connection as a superuser.
 */
export async function observe(sql: postgres.Sql): Promise<void> {
  // Triggers fire in the order of their names. "_000" sorts before those of the migrations, so that a change is
  // recorded before its consequences.
  await sql.unsafe(`
    create schema chaos;
    create table chaos.changes (
      id bigserial primary key,
      at timestamptz not null default clock_timestamp(),
      op text not null,
      kind text not null,
      conversation_id uuid,
      record jsonb not null
    );
    create function chaos.record_change() returns trigger
    language plpgsql security definer set search_path = '' as $$
    declare
      record constant jsonb := case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
    begin
      insert into chaos.changes (op, kind, conversation_id, record) values (
        tg_op,
        tg_argv[0],
        coalesce(record ->> 'conversation_id', record -> 'payload' ->> 'conversation_id', record ->> 'id')::uuid,
        record
      );
      return null;
    end;
    $$;
    insert into chaos.changes (op, kind, conversation_id, record)
      select 'INSERT', 'conversation', c.id, to_jsonb(c) from public.recruiting_conversations c;
    create trigger _000_record_change after insert or update or delete on public.recruiting_conversations
      for each row execute function chaos.record_change('conversation');
    create trigger _000_record_change after insert or update or delete on public.recruiting_messages
      for each row execute function chaos.record_change('message');
    create trigger _000_record_change after insert on realtime.messages
      for each row execute function chaos.record_change('broadcast');
  `);
}

/** Reads the recorded changes, in their order. */
export async function changes(sql: postgres.Sql): Promise<Change[]> {
  const rows = await sql<{ change: Change }[]>`
    select to_jsonb(c) as change from chaos.changes c order by id`;
  return rows.map(({ change }) => change);
}
