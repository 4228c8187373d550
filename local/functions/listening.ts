/** The line that a worker prints when it listens, before its port. No log line begins with it. */
export const LISTENING = "listening on ";
