/** Text that is markup already. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** What a page is made of: texts are escaped, null is nothing. */
export type Content = string | number | null | Markup | readonly Content[]

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Without controls, which HTML forbids, and what XML does: whoever pastes a page into a terminal would have it obey them. */
const escaped = (text: string): string =>
  text.replaceAll(/[^\P{Cc}\n\t]|[\ufffe\uffff]/gu, '').replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? '')

const toText = (content: Content): string => {
  if (content === null) return ''
  if (content instanceof Markup) return content.text
  return typeof content === 'object' ? content.map(toText).join('') : escaped(String(content))
}

/** Markup with whatever is put into it escaped, unless that is markup too. Its own indentation is left out. */
export const html = (parts: TemplateStringsArray, ...contents: Content[]): Markup =>
  new Markup(
    parts.map((part, index) => part.replaceAll(/\n\s*/g, '\n') + toText(contents[index] ?? null)).join(''),
  )
