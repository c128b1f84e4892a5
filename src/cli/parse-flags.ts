import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import type { z } from 'zod'
import { messageOf } from '../core/error.ts'

/**
 * The flags of a command by camelCase name; a refinement of the object states which exclude or need each
 * other.
 */
export type FlagSchema = z.ZodObject<Readonly<Record<string, z.ZodType>>>

/** The key of the positional arguments. */
const wordsKey = 'words'

/** A flag as it is typed, without dashes. */
export const kebab = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** The flags of a schema as they are typed, without dashes. */
export const flagNames = ({ shape }: FlagSchema): string[] =>
  Object.keys(shape)
    .filter((key) => key !== wordsKey)
    .map(kebab)

/** A flag whose schema accepts `true` needs no value; one that accepts a list may be repeated. */
function optionOf(flag: z.ZodType): ParseArgsOptionsConfig[string] {
  if (isOptional(flag)) return { type: 'string' }
  if (flag.safeParse(true).success) return { type: 'boolean' }
  return { type: 'string', multiple: flag.safeParse([]).success }
}

/** Whether a flag may have a value: its schema accepts `true` for none, and a text. */
const isOptional = (flag: z.ZodType): boolean => flag.safeParse(true).success && flag.safeParse('x').success

/** Gives flags that may have a value one: the next argument, unless that is a flag; else an empty one. */
function withValues(argv: readonly string[], optional: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  return argv.flatMap((each, place) => {
    const isBare = (at: number) => at < end && optional.includes(argv[at] ?? '')
    const next = argv[place + 1]
    if (isBare(place)) return next === undefined || next.startsWith('-') ? [`${each}=`] : [`${each}=${next}`]
    return place > 0 && isBare(place - 1) && !each.startsWith('-') ? [] : [each]
  })
}

interface Parsed {
  values: Readonly<Record<string, unknown>>
  positionals: string[]
}

/**
 * Parses a command line. A problem is one line; that of a flag starts with its name as typed. No library is
 * in between: the closest, citty, swallows parse errors, exits with 1 by itself and reads `--no-save` as the
 * negation of `--save`.
 */
export function parseFlags<Schema extends FlagSchema>(
  argv: string[],
  schema: Schema,
): { flags: z.output<Schema> } | { problem: string } | 'help' {
  const keys = Object.keys(schema.shape)
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(schema.shape)
      .filter(([key]) => key !== wordsKey)
      .map(([key, flag]) => [kebab(key), optionOf(flag)]),
  )
  const optional = keys
    .filter((key) => key !== wordsKey && isOptional(schema.shape[key] as z.ZodType))
    .map((key) => `--${kebab(key)}`)
  try {
    const { values, positionals }: Parsed = parseArgs({
      args: withValues(argv, optional),
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: keys.includes(wordsKey),
    })
    if (values['help'] === true) return 'help'
    const valueOf = (key: string) => {
      const value = values[kebab(key)]
      return value === '' && optional.includes(`--${kebab(key)}`) ? true : value
    }
    const given = Object.fromEntries(keys.map((key) => [key, valueOf(key)]))
    const parsed = schema.safeParse({ ...given, ...(keys.includes(wordsKey) && { words: positionals }) })
    return parsed.success ? { flags: parsed.data } : { problem: firstProblem(parsed.error) }
  } catch (error) {
    if (argv.includes('--help') || argv.includes('-h')) return 'help'
    // Further sentences explain how to pass a value that looks like a flag.
    return { problem: messageOf(error).split(/\.\s/)[0] ?? '' }
  }
}

function firstProblem({ issues: [issue] }: z.ZodError): string {
  const [key] = issue?.path ?? []
  const message = issue?.message ?? 'cannot be used'
  return key === undefined || key === wordsKey ? message : `--${kebab(String(key))} ${message}`
}
