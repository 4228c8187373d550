/**
 * An error of the command line.
 *
 * @module
 */

/** The command line is wrong. The message names the option. The task ends with exit code 2. */
export class UsageError extends Error {}
