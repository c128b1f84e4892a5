/** What the driver gives for a text: an answer, or a list of them if it has several statements, whatever its types say. */
interface Answer {
  rows: Record<string, unknown>[]
}

/** The rows of a text, of all its statements. */
export const rowsOf = (answer: Answer | readonly Answer[]): Answer['rows'] =>
  [answer].flat().flatMap(({ rows }) => rows)
