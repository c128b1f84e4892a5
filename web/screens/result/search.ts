/** What the URL says of the screen; what is usual is left out of it. */
export interface ResultSearch {
  /** With the text of the answer, which is not read unless somebody asks for it. */
  text?: true
  /** The timeline as a table. */
  view?: 'table'
}

/** The search of a URL, without what this screen does not know. */
export const resultSearch = ({ text, view }: Record<string, unknown>): ResultSearch => ({
  ...((text === true || text === 1) && { text: true }),
  ...(view === 'table' && { view }),
})
