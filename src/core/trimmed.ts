/**
 * What `trim` leaves: controls and invisible characters, which come along when a value is copied from a page, a
 * chat or another program.
 */
const invisible = /[\p{Cc}\p{Cf}]/u

/** The text without blanks, line ends, controls and invisible characters around it. */
export function trimmed(text: string): string {
  let inner = text.trim()
  while (invisible.test(inner.charAt(0))) inner = inner.slice(1).trimStart()
  while (invisible.test(inner.charAt(inner.length - 1))) inner = inner.slice(0, -1).trimEnd()
  return inner
}

/** Whether a text stands in quotes: `docker --env-file` and others keep those that a shell would remove. */
export const isQuoted = (text: string): boolean => /^(["'`]).+\1$/s.test(text)
