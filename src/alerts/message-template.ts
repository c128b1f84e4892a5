import type { Message } from './message.ts'

/** What a template may name, in double braces; empty for what a message lacks. */
export const placeholders: Readonly<Record<string, (message: Message) => string>> = {
  id: ({ id }) => id,
  at: ({ at }) => at.toISOString(),
  title: ({ title }) => title,
  text: ({ text }) => text,
  severity: ({ severity }) => severity,
  link: ({ link }) => link ?? '',
  event: ({ notifications: [first, ...others] }) => (others.length > 0 ? 'digest' : (first?.event ?? '')),
  kind: (message) => incidentOf(message)?.kind ?? '',
  scope: (message) => incidentOf(message)?.scope ?? '',
  incident: (message) => incidentOf(message)?.id ?? '',
  provider: (message) => incidentOf(message)?.subject.provider ?? '',
  model: (message) => incidentOf(message)?.subject.model ?? '',
  region: (message) => incidentOf(message)?.subject.region ?? '',
}

/** A digest has none of its own. */
const incidentOf = ({ notifications: [first, ...others] }: Message) =>
  others.length > 0 ? null : (first?.incident ?? null)

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g

/** The JSON of a template, each placeholder replaced by its text, escaped as a part of a JSON string. */
export const fillTemplate = (body: string, message: Message): string =>
  body.replaceAll(placeholder, (_, name: string) =>
    JSON.stringify(placeholders[name]?.(message).toWellFormed() ?? '').slice(1, -1),
  )

/** Why a template cannot be used, or null. */
export function templateProblem(body: string): string | null {
  const unknown = [...body.matchAll(placeholder)]
    .map(([, name = '']) => name)
    .find((name) => !Object.hasOwn(placeholders, name))
  if (unknown !== undefined)
    return `names {{${unknown}}}, which is none of ${Object.keys(placeholders).join(', ')}`
  try {
    JSON.parse(body.replaceAll(placeholder, 'x'))
    return null
  } catch {
    return 'is not JSON: write placeholders inside of quotes, such as {"text": "{{title}}"}'
  }
}
