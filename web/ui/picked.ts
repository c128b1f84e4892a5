/** How many are compared. */
export const mostPicks = 2

/** The picks after a click on one of a list: a third takes the place of the first. */
export const picksAfter = (picks: readonly string[], id: string): string[] =>
  picks.includes(id) ? picks.filter((each) => each !== id) : [...picks, id].slice(-mostPicks)
