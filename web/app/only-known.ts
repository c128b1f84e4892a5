/** A reader of searches whose answer holds nothing else. The router lays what a reader knows over what the URL says: what the reader refuses would come back. */
export const onlyKnown =
  <Search extends object>(read: (given: Record<string, unknown>) => Search) =>
  (given: Record<string, unknown>): Search => ({
    ...Object.fromEntries(Object.keys(given).map((name) => [name, undefined])),
    ...read(given),
  })
