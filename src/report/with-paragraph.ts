/**
 * The text with the paragraph that begins with the same line replaced. Throws if there is none: it would be
 * lost silently.
 */
export function withParagraph(text: string, lines: readonly [first: string, ...rest: string[]]): string {
  const paragraphs = text.split('\n\n')
  const at = paragraphs.findIndex((paragraph) => paragraph.split('\n')[0] === lines[0])
  if (at === -1) throw new Error(`no paragraph begins with ${lines[0]}`)
  return paragraphs.with(at, lines.join('\n')).join('\n\n')
}
