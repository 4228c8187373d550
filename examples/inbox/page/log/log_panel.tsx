/**
 * The panel with the log of the Edge Functions.
 *
 * @module
 */
import type { LogLine } from "../../log_line.ts";
import { exactTime } from "../thread/time.ts";
import type { LogLines } from "./log_lines.ts";
import { answerOf, wordsFor } from "./log_words.ts";

/** The functions' log, the newest line first. */
export function LogPanel({ log }: { log: LogLines }) {
  return (
    <section class="panel log" aria-labelledby="log-title">
      <header class="panel-header">
        <h2 id="log-title">Webhooks</h2>
        <p>What the Edge Functions log, newest first: never a text, never a phone number.</p>
      </header>
      <div class="lines" role="region" aria-labelledby="log-title" tabIndex={0}>
        {log.value.length === 0
          ? <p class="empty">Nothing yet. Send a text from the phone.</p>
          : (
            <table>
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">Function</th>
                  <th scope="col">Answer</th>
                  <th scope="col">What happened</th>
                  <th scope="col" class="number">Took</th>
                </tr>
              </thead>
              <tbody>
                {log.value.map((line) => <Row key={`${line.at} ${line.id}`} line={line} />)}
              </tbody>
            </table>
          )}
      </div>
    </section>
  );
}

function Row({ line }: { line: LogLine }) {
  return (
    <tr class={line.level}>
      <td class="time">{exactTime(new Date(line.at))}</td>
      <td class="function">{line.function}</td>
      <td>{answerOf(line) ?? ""}</td>
      <td>
        {wordsFor(line)}
        {line.message_sid ? <code>{line.message_sid.slice(0, 6)}…</code> : null}
      </td>
      <td class="number">
        {line.duration_ms === undefined ? "" : `${Math.round(line.duration_ms)} ms`}
      </td>
    </tr>
  );
}
