declare module 'virtual:metrics' {
  /** What each metric means, by its column. */
  const meanings: Readonly<Record<string, string>>
  export default meanings
}
