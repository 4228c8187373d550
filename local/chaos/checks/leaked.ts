/**
 * Leaked: an agent was told of, or has read, what was another agent's.
 *
 * @module
 */
import { agentTopic, UNASSIGNED_TOPIC } from "../../../client/events.ts";
import type { Check, Evidence, Offence } from "../evidence.ts";
import type { Change } from "../observer.ts";

/** A change is noted so long before it is committed at most, in ms: Postgres may freeze in between. */
const MAX_COMMIT_MS = 15_000;

/** Finds leaks. */
export const leaked: Check = (evidence) => [
  ...wrongTopics(evidence),
  ...wrongListeners(evidence),
  ...wrongReadings(evidence),
];

/** A broadcast goes to whom the conversation is assigned, or was assigned before the last change. */
function wrongTopics({ changes }: Evidence): Offence[] {
  const states = new Map<string, { now: string; before: string }>();
  return changes.flatMap(({ kind, record, conversation_id }) => {
    const state = states.get(conversation_id);
    if (kind === "conversation") {
      const now = topicOf(record.assigned_agent_id);
      states.set(conversation_id, { now, before: state?.now ?? now });
    }
    if (kind !== "broadcast" || record.topic === state?.now || record.topic === state?.before) {
      return [];
    }
    return [{ what: `${record.event} went to ${record.topic}`, conversation_id }];
  });
}

/** What a screen hears was sent to one of its two topics. */
function wrongListeners({ changes, heard }: Evidence): Offence[] {
  const sent = new Set(
    changes.flatMap(({ kind, record, conversation_id }) =>
      kind === "broadcast" ? [`${record.topic} ${record.event} ${conversation_id}`] : []
    ),
  );
  return heard.flatMap(({ agent_id, event, conversation_id }) => {
    const topics = [agentTopic(agent_id), UNASSIGNED_TOPIC];
    const isMeant = topics.some((topic) => sent.has(`${topic} ${event} ${conversation_id}`));
    return isMeant ? [] : [{ what: `Agent ${agent_id} heard ${event}`, conversation_id }];
  });
}

function wrongReadings({ changes, readings }: Evidence): Offence[] {
  const assignments = Map.groupBy(
    changes.filter(({ kind }) => kind === "conversation"),
    ({ conversation_id }) => conversation_id,
  );
  return readings.flatMap(({ agent_id, from, until, conversation_ids }) =>
    conversation_ids.filter((id) =>
      !topicsWithin(assignments.get(id) ?? [], Date.parse(from), Date.parse(until))
        .some((topic) => topic === UNASSIGNED_TOPIC || topic === agentTopic(agent_id))
    ).map((conversation_id) => ({
      what: `Agent ${agent_id} read it between ${from} and ${until}`,
      conversation_id,
    }))
  );
}

/** Every topic that a conversation may have had between two moments. */
function topicsWithin(changes: Change[], fromMs: number, untilMs: number): string[] {
  return changes.flatMap(({ kind, at, record }, index) => {
    const endsAt = changes[index + 1] ? Date.parse(changes[index + 1].at) : Infinity;
    const isThen = Date.parse(at) <= untilMs && endsAt + MAX_COMMIT_MS >= fromMs;
    return kind === "conversation" && isThen ? [topicOf(record.assigned_agent_id)] : [];
  });
}

function topicOf(agentId: string | null): string {
  return agentId === null ? UNASSIGNED_TOPIC : agentTopic(agentId);
}
