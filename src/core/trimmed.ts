/** Blanks that `trim` leaves: invisible ones, which come along when a value is copied from a page or a chat. */
const invisible = /[\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064]/u

/** The text without blanks, line ends and invisible characters around it. */
export function trimmed(text: string): string {
  let inner = text.trim()
  while (invisible.test(inner.charAt(0))) inner = inner.slice(1).trimStart()
  while (invisible.test(inner.charAt(inner.length - 1))) inner = inner.slice(0, -1).trimEnd()
  return inner
}
