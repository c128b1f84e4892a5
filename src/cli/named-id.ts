/** What ids are of, and what shows them: `incident` and `list --all`. */
interface Named {
  noun: string
  shownBy: string
}

/** The id that is meant, which is itself or the end of one of those that there are; or why none is. */
export async function namedId(
  what: string,
  known: () => Promise<string[]>,
  { noun, shownBy }: Named,
): Promise<{ id: string } | { problem: string }> {
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(what)) return { id: what }
  const [found, other] = (await known()).filter((id) => id.endsWith(what.toLowerCase()))
  if (found === undefined) return { problem: `there is no ${noun} ${what}: ${shownBy} shows them` }
  return other === undefined ? { id: found } : { problem: `more than one ${noun} ends with ${what}` }
}
