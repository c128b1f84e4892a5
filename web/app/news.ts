/** As many ids are remembered beyond those that are open. */
const most = 200

/** Which of the open incidents nobody was told of, and all that somebody was told of then. */
export function news(told: readonly string[], open: readonly string[]): { fresh: string[]; told: string[] } {
  const before = new Set(told)
  const others = told.filter((id) => !open.includes(id)).slice(-most)
  return { fresh: open.filter((id) => !before.has(id)), told: [...others, ...open] }
}
