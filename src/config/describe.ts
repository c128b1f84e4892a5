import type { Json, JsonObject } from '../core/json.ts'
import { printable, shortened } from '../report/format.ts'
import type { ConfigChange } from '../store/config-codec.ts'

/** A change as one line: `changed target openai/gpt-5: limits.ttft_ms 2000 -> 900`. */
export function describeChange({ kind, key, change, before, after }: ConfigChange): string {
  const what = `${change.padEnd(8)} ${kind} ${printable(key)}`
  if (change === 'taken') return `${what}: as it is, and the file owns it now`
  if (change === 'released') return `${what}: as it is, and the file owns it no more`
  return change === 'changed' ? `${what}: ${differences(before, after).join(', ')}` : what
}

/** What differs, by its path. */
function differences(before: Json, after: Json, path: readonly string[] = []): string[] {
  if (isObject(before) && isObject(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
      differences(before[name] ?? null, after[name] ?? null, [...path, name]),
    )
  const [was = '', is = ''] = [before, after].map((value) => printable(JSON.stringify(value)))
  return was === is ? [] : [`${path.join('.')} ${brief(was)} -> ${brief(is)}`]
}

/** A value of any length: a prompt has up to 100,000 characters. */
const brief = (value: string): string =>
  value.length <= longest ? value : `${shortened(value, longest)} (${value.length} characters)`
const longest = 120

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
