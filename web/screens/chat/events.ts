// What the events of a streamed chat completion say, in any dialect that the probe knows.

/** What an event adds to an answer. */
export interface Piece {
  text: string
  reasoning: string
  /** Why the provider broke off; null if it did not. */
  error: string | null
}

/** Reads server-sent events from text that comes in pieces of any size: gives the data of those that are complete. */
export function readEvents(): (part: string) => string[] {
  let rest = ''
  return (part) => {
    const lines = (rest + part).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    return lines.flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trim()] : []))
  }
}

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null

const parsed = (data: string): unknown => {
  try {
    return JSON.parse(data)
  } catch {
    return null
  }
}

/** The text of a field: itself, or that of the parts of a list. */
function textIn(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textIn).join('')
  const fields = fieldsOf(value)
  return fields === null ? '' : textIn(fields['text'] ?? fields['content'] ?? fields['summary'])
}

/** Fields of reasoning: `reasoning`, `reasoning_content`, `thinking`, ...; the same text may be in two of them. */
function reasoningIn(delta: Fields): string {
  const names = Object.keys(delta).filter(
    (name) => /^(reason|think|thought)/.test(name) && !/signature|tokens?$/.test(name),
  )
  return names.map((name) => textIn(delta[name])).find((text) => text !== '') ?? ''
}

/** What an event says, or a whole answer in one piece; null if it is neither. */
export function pieceOf(data: string): Piece | null {
  const body = fieldsOf(parsed(data))
  if (body === null) return null
  if (body['error'] !== undefined && body['error'] !== null)
    return { text: '', reasoning: '', error: errorIn(body) }
  const [choice] = Array.isArray(body['choices']) ? body['choices'] : []
  const delta = fieldsOf(fieldsOf(choice)?.['delta'] ?? fieldsOf(choice)?.['message'])
  if (delta === null) return null
  return { text: textIn(delta['content']), reasoning: reasoningIn(delta), error: null }
}

/** What a body of an error says, in the forms of OpenAI and of others. */
function errorIn(body: Fields): string {
  const error = body['error'] ?? body
  const said = fieldsOf(error)
  const text = said === null ? textIn(error) : textIn(said['message'] ?? said['detail'])
  return text === '' ? JSON.stringify(error) : text
}

/** The words of a refusal: of its JSON, else the text itself. */
export function refusalIn(text: string): { message: string; code: string | null } {
  const body = fieldsOf(parsed(text)) ?? fieldsOf((parsed(text) as unknown[] | null)?.[0])
  if (body === null) return { message: text.trim().slice(0, 500), code: null }
  const said = fieldsOf(body['error']) ?? body
  const code = [said['code'], said['type']].find((each) => typeof each === 'string')
  return { message: errorIn(body), code: typeof code === 'string' ? code : null }
}

const opening = /^\s*<think(?:ing)?>/
const closing = /<\/think(?:ing)?>\s*/

/** Thinking that a model writes at the beginning of its text is reasoning too. */
export function apart({ text, reasoning }: { text: string; reasoning: string }) {
  const open = opening.exec(text)
  if (open === null) return { text, reasoning }
  const inside = text.slice(open[0].length)
  const close = closing.exec(inside)
  if (close === null) return { text: '', reasoning: reasoning + inside }
  return {
    text: inside.slice(close.index + close[0].length),
    reasoning: reasoning + inside.slice(0, close.index),
  }
}
