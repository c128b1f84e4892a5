import { asObject } from '../../src/core/json.ts'
import type { ApiRequest } from './api-requests.ts'

const width = 130
/** Of an array, so many items are shown; of a text, so many characters; of an answer, so many lines. */
const most = { rows: 1, values: 4, characters: 60, lines: 60 }

interface Parameter {
  name: string
  required: boolean
  schema: { enum?: string[]; minimum?: number; maximum?: number; default?: string | number | boolean | null }
}

/** By endpoint: what is asked first, and the text of its answer. */
interface Examples {
  requests: Readonly<Record<string, readonly ApiRequest[]>>
  answers: ReadonlyMap<string, string>
}

/** docs/api.md with an answer of each endpoint of a description. */
export function examplesPage(
  page: string,
  { paths = {} }: { paths?: object },
  { requests, answers }: Examples,
): string {
  const endpoints = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { parameters?: Parameter[] }>).map(([method, operation]) => ({
      endpoint: `${method.toUpperCase()} ${path}`,
      parameters: operation.parameters ?? [],
    })),
  )
  const ids = countIds()
  const asked = endpoints.filter(({ endpoint }) => (requests[endpoint] ?? []).length > 0)
  const parts = asked.map(({ endpoint, parameters }) => {
    const [request] = requests[endpoint] ?? []
    const [method = ''] = endpoint.split(' ')
    const sent = [
      `${method} ${request?.path ?? ''}`,
      ...(request?.body === undefined ? [] : [JSON.stringify(request.body)]),
    ]
    return [
      `### \`${endpoint}\``,
      ...(parameters.length === 0 ? [] : [parameters.map(described).join(', ')]),
      `\`\`\`text\n${ids(sent.join('\n'))}\n\n${ids(shown(answers.get(endpoint) ?? ''))}\n\`\`\``,
    ].join('\n\n')
  })
  const heading = '## Answers\n\n'
  const start = page.indexOf(heading)
  const end = page.indexOf('\n## ', start + heading.length)
  if (start === -1 || end === -1) throw new Error('docs/api.md has no section for answers')
  const intro = page.slice(start + heading.length).split('\n\n')[0] ?? ''
  return `${page.slice(0, start)}${heading}${intro}\n\n${parts.join('\n\n')}\n${page.slice(end)}`
}

function described({ name, required, schema }: Parameter): string {
  const { enum: names, minimum, maximum, default: usual } = schema
  const says = [
    ...(required ? ['required'] : []),
    ...(names === undefined || names.includes('true') ? [] : [names.join(', ')]),
    ...(maximum === undefined ? [] : [`${minimum} to ${maximum}`]),
    ...(usual === undefined || usual === false || usual === null ? [] : [`default ${String(usual)}`]),
  ]
  return `\`${name}\`${says.length === 0 ? '' : ` (${says.join('; ')})`}`
}

/** Replaces ids that a database makes up by numbers in the order in which they appear. */
function countIds(): (text: string) => string {
  const seen = new Map<string, number>()
  return (text) =>
    text.replaceAll(/[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/g, (id) => {
      if (id.startsWith('00000000-')) return id
      seen.set(id, seen.get(id) ?? seen.size + 1)
      return `10000000-0000-4000-8000-${String(seen.get(id)).padStart(12, '0')}`
    })
}

/** An answer as people can read it: JSON with most of its rows left out, else its first lines. */
function shown(text: string): string {
  if (text === '') return '204'
  if (!/^[[{]/.test(text))
    return text
      .split('\n')
      .slice(0, text.startsWith('retry: ') ? 10 : 3)
      .map((line) => (line.length > 2 * width ? `${line.slice(0, 2 * width)}...` : line))
      .join('\n')
  const lines = print(JSON.parse(text), '').split('\n')
  return [...lines.slice(0, most.lines), ...(lines.length > most.lines ? ['...'] : [])].join('\n')
}

/** JSON in as few lines as fit, with `...` for what is left out. */
function print(value: unknown, indent: string): string {
  if (typeof value === 'string' && value.length > most.characters)
    return JSON.stringify(`${value.slice(0, most.characters)}...`)
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    const limit = value.some((each) => typeof each === 'object' && each !== null) ? most.rows : most.values
    const items = value.slice(0, limit).map((each) => print(each, inner))
    const rest = value.length > limit ? [`... ${value.length - limit} more`] : []
    return block('[]', [...items, ...rest], indent)
  }
  const object = asObject(value)
  if (object === null) return JSON.stringify(value)
  const fields = Object.entries(object).map(
    ([key, field]) => `${JSON.stringify(key)}: ${print(field, inner)}`,
  )
  return block('{}', fields, indent)
}

/** Parts in one line if they fit, else in lines that are as full as they can be. */
function block([open = '', close = '']: string, parts: readonly string[], indent: string): string {
  const inline = `${open}${parts.join(', ')}${close}`
  if (!inline.includes('\n') && indent.length + inline.length <= width) return inline
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    const joined = `${last}, ${part}`
    if (last === undefined || joined.includes('\n') || indent.length + joined.length > width) lines.push(part)
    else lines[lines.length - 1] = joined
  }
  return `${open}\n${lines.map((line) => `${indent}  ${line}`).join(',\n')}\n${indent}${close}`
}
