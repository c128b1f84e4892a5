/** How a place takes text: what it makes of each character, how it measures, and how much it takes. */
interface Room {
  most: number
  /** Of one character (code point) at a time; as it is, by default. */
  escape?: (character: string) => string
  /** In UTF-16 units, by default. */
  measure?: (text: string) => number
}

/**
 * A text as a place takes it, escaped, and cut with an ellipsis if it is too long: between characters, never within
 * an escape. Half characters, which no receiver could read, are replaced.
 */
export function fit(
  text: string,
  { most, escape = (character) => character, measure = (escaped) => escaped.length }: Room,
): string {
  const room = most - measure('…')
  let kept = ''
  let size = 0
  let sizeWithinRoom = 0
  for (const character of text.toWellFormed()) {
    const escaped = escape(character)
    size += measure(escaped)
    if (size > most) return `${kept.slice(0, sizeWithinRoom)}…`
    kept += escaped
    if (size <= room) sizeWithinRoom = kept.length
  }
  return kept
}

/** Escapes what is in a table. */
const byTable =
  (table: Readonly<Record<string, string>>) =>
  (character: string): string =>
    table[character] ?? character

/** What Slack reads as markup: links, mentions, `<!channel>`. docs.slack.dev/messaging/formatting-message-text */
export const forSlack = byTable({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })

/** Has no width, and ends the name behind an @ that would mention somebody. */
const joiner = '\u2060'

/** Telegram links names behind an @, whatever the text is sent as. */
export const forTelegram = byTable({ '@': `@${joiner}` })

/**
 * Discord's Markdown and mentions: a backslash before a sign makes it itself. Signs that count at the start of a line
 * alone are left: lines begin with words of ours.
 */
export const forDiscord = (character: string): string =>
  character === '@' ? `@${joiner}` : /[\\*_~`|<>[\]]/.test(character) ? `\\${character}` : character

/** The size of a text as UTF-8. */
export const inBytes = (text: string): number => Buffer.byteLength(text)
