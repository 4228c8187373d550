/**
 * The line that a terminal shows while a task waits.
 *
 * @see https://github.com/sindresorhus/ora
 * @module
 */
import ora from "ora";
import process from "node:process";

/** The line on the terminal. */
export interface Progress {
  /** Changes the text. Without a terminal nothing is printed. */
  show(text: string): void;
  /** Calls `print`, and draws the line below what it has printed. `console.log` alone would break the line. */
  printAbove(print: () => void): void;
}

/**
 * Shows a text with a spinner while work is done, and removes it afterwards. Where standard error is no
 * terminal nothing is shown.
 *
 * @param text What is being done, such as "Reading Twilio's settings".
 * @param work The work. It gets the line, to change its text or to print above it.
 * @param stream Where the line is drawn.
 * @returns What `work` returned.
 */
export async function withProgress<Result>(
  text: string,
  work: (progress: Progress) => Promise<Result>,
  stream: NodeJS.WriteStream = process.stderr,
): Promise<Result> {
  // A terminal that does not know its width reports 0 columns, and ora would divide by it.
  const drawn = stream.isTTY && stream.columns > 0 && Deno.env.get("TERM") !== "dumb";
  const spinner = ora({
    text,
    stream,
    isSilent: !drawn,
    // Without it, ora prints plain lines where the environment has CI.
    isEnabled: drawn,
    color: Deno.noColor ? false : "cyan",
    // In raw mode Ctrl-C is no signal, and a killed process leaves a hidden cursor behind.
    discardStdin: false,
    hideCursor: false,
  }).start();
  try {
    return await work({
      show: (text) => void (spinner.text = text),
      printAbove(print) {
        if (!spinner.isSpinning) return print();
        spinner.clear();
        print();
        spinner.render();
      },
    });
  } finally {
    spinner.stop();
  }
}
