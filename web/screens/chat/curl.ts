import type { Answer } from './answer.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** The command that asks the same of the provider itself, naming the variable of the key; null until it is known how it was asked. */
export function curlOf({ measured, messages }: Answer): string | null {
  if (measured === null) return null
  const { url, key_name: key, parameters } = measured.request
  return [
    `curl -N ${quoted(url)}`,
    ...(key === null ? [] : [`-H "Authorization: Bearer $${key}"`]),
    `-H ${quoted('Content-Type: application/json')}`,
    `-d ${quoted(JSON.stringify({ model: measured.model_asked, messages, ...parameters }))}`,
  ].join(' \\\n  ')
}
