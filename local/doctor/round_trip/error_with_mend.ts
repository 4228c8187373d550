/**
 * An error that says how to mend it.
 *
 * @module
 */

/** Something is wrong. The message says what; it holds no token, no text and no phone. */
export class ErrorWithMend extends Error {
  /** What to do, with the command where there is one. */
  readonly mend: string;

  constructor(message: string, mend: string, options?: ErrorOptions) {
    super(message, options);
    this.mend = mend;
  }
}
