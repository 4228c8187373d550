/** What a worker prints before the port that it listens on; no log line begins like this. */
export const LISTENING = "listening on ";
