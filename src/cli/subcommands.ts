import { kebab } from './parse-flags.ts'

/** What each subcommand takes besides --json: a name, or several, and flags. */
export type Subcommands<Name extends string> = Readonly<
  Record<Name, { takes: string | readonly string[] | null; flags: readonly string[] }>
>

/** The subcommand that words ask for, `list` if they name none, and what it is for. */
export const askedIn = <Name extends string>(
  commands: Subcommands<Name | 'list'>,
  [name = 'list', what = '']: readonly string[],
) => ({
  command: (Object.keys(commands) as (Name | 'list')[]).find((each) => each === name) ?? 'list',
  what,
})

/** Why a command line fits no subcommand; null if it does. What was not given is null, false or an empty list. */
export function misfitOf(
  commands: Subcommands<string>,
  flags: { words: readonly string[]; json: boolean },
): string | null {
  const [name = 'list', ...others] = flags.words
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) return `there is no command ${name}: ${Object.keys(commands).join(', ')}`
  const { takes } = command
  const known = ['words', 'json', ...command.flags]
  const foreign = Object.entries(flags).find(([flag, value]) => isGiven(value) && !known.includes(flag))
  if (foreign !== undefined) return `--${kebab(foreign[0])} is not for ${name}`
  const wanted = takes === null ? [] : [takes].flat()
  if (others.length !== wanted.length || others.includes(''))
    return takes === null ? `${name} takes no name` : `${name} needs ${wanted.join(' and ')}`
  return null
}

const isGiven = (value: unknown): boolean =>
  value !== null && value !== false && !(Array.isArray(value) && value.length === 0)
