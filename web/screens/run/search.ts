/** What the URL says of a run; what is usual is left out of it. */
export interface RunSearch {
  /** The call after which the page begins. */
  after?: number
  /** Whether the prompt and the answers are shown. */
  text?: true
  /** Whether every target is shown. */
  all?: true
}

/** The search of a URL, without what this screen does not know. */
export const runSearch = ({ after, text, all }: Record<string, unknown>): RunSearch => ({
  ...(Number.isInteger(after) && Number(after) > 0 && Number(after) <= 1e9 && { after: Number(after) }),
  ...(text === true && { text }),
  ...(all === true && { all }),
})
