/**
 * Text in the width of a terminal.
 *
 * @module
 */

/**
 * Breaks a text at its spaces. A word that is longer than a line stays whole.
 *
 * @param width The most characters of a line; Infinity where the output is no terminal.
 * @returns One line at least.
 */
export function wrappedLines(text: string, width: number): string[] {
  return text.split(" ").reduce((lines: string[], word) => {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (lines.length > 0 && longer.length <= width) return [...lines.slice(0, -1), longer];
    return [...lines, word];
  }, []);
}
