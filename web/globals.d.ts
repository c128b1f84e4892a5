declare module 'virtual:metrics' {
  /** What each metric means, by its column. */
  const meanings: Readonly<Record<string, string>>
  export default meanings
}

declare module 'virtual:about' {
  /** The version of the program and of its formulas, and what each metric means. */
  const about: {
    version: string
    formulaVersion: number
    definitions: readonly {
      column: string
      unit: string
      meaning: string
      formula: string
      nullWhen: string | null
    }[]
  }
  export default about
}
