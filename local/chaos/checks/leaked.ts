/**
 * Leaked: an agent received an event or read a row of another agent's conversation.
 *
 * @module
 */
import { agentTopic, UNASSIGNED_TOPIC } from "../../../client/events.ts";
import type { Check, Evidence, Violation } from "../evidence.ts";
import type { Change } from "../observer.ts";

/** The longest time from a change to its commit, in ms: Postgres may be frozen in between. */
const MAX_COMMIT_MS = 15_000;

/** Finds leaks. */
export const leaked: Check = (evidence) => [
  ...wrongTopics(evidence),
  ...wrongReceivers(evidence),
  ...wrongReads(evidence),
];

/** A broadcast must go to the topic of the present or of the previous assignment. */
function wrongTopics({ changes }: Evidence): Violation[] {
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

/** An event that an agent received must have been sent to one of the agent's two topics. */
function wrongReceivers({ changes, received }: Evidence): Violation[] {
  const sent = new Set(
    changes.flatMap(({ kind, record, conversation_id }) =>
      kind === "broadcast" ? [`${record.topic} ${record.event} ${conversation_id}`] : []
    ),
  );
  return received.flatMap(({ agent_id, event, conversation_id }) => {
    const topics = [agentTopic(agent_id), UNASSIGNED_TOPIC];
    const wasSent = topics.some((topic) => sent.has(`${topic} ${event} ${conversation_id}`));
    return wasSent ? [] : [{ what: `Agent ${agent_id} received ${event}`, conversation_id }];
  });
}

function wrongReads({ changes, reads }: Evidence): Violation[] {
  const assignments = Map.groupBy(
    changes.filter(({ kind }) => kind === "conversation"),
    ({ conversation_id }) => conversation_id,
  );
  return reads.flatMap(({ agent_id, from, until, conversation_ids }) =>
    conversation_ids.filter((id) =>
      !topicsWithin(assignments.get(id) ?? [], Date.parse(from), Date.parse(until))
        .some((topic) => topic === UNASSIGNED_TOPIC || topic === agentTopic(agent_id))
    ).map((conversation_id) => ({
      what: `Agent ${agent_id} read it between ${from} and ${until}`,
      conversation_id,
    }))
  );
}

/** Every topic that a conversation may have had from one time to another, in ms since 1970. */
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
