import type { Check } from '../core/check.ts'
import { trimmed } from '../core/trimmed.ts'
import { settingNames } from '../jobs/config.ts'
import type { Environment } from '../registry/configure.ts'
import { providers } from '../registry/providers.ts'
import { warn } from './check.ts'

/** Names that mean one thing: of several, one is enough. */
const groups: readonly (readonly string[])[] = [
  ...providers.flatMap(({ keyNames, baseUrlName }) => [keyNames, [baseUrlName]]),
  ...['LLM_BASE_URL', 'LLM_MODEL', 'LLM_API_KEY', 'LLM_NAME'].map((name) => [name]),
  ['SUPABASE_SERVICE_ROLE', 'SUPABASE_SECRET_KEY', 'SUPABASE_SERVICE_ROLE_KEY'],
  // Who has a store needs no other.
  ['SUPABASE_URL', 'DATABASE_URL'],
  ...settingNames.filter((name) => !/^(SUPABASE|DATABASE|VERCEL)(_|$)/.test(name)).map((name) => [name]),
]
const ours = new Set([...groups.flat(), ...settingNames])

/** What nobody else calls a variable by. */
const ownPrefix = /^(BENCHMARK|BUDGET_USD|RETENTION)_/i

/**
 * Variables that are set, are not read, and are nearly one of ours that is not set: misspelled names, which
 * otherwise nobody tells of.
 */
export function nameChecks(env: Environment): Check[] {
  const isSet = (name: string) => trimmed(env[name] ?? '') !== ''
  const open = groups.filter((group) => !group.some(isSet)).flat()
  return Object.keys(env)
    .filter((name) => isSet(name) && !ours.has(name))
    .flatMap((name) => {
      const meant = open.find((each) => isSpelling(name, each)) ?? open.find((each) => isNear(name, each))
      if (meant === undefined && !ownPrefix.test(name)) return []
      const todo =
        meant === undefined ? 'docs/configuration.md has them all' : `was ${meant} meant? rename it`
      return [warn('environment', `${name} is set, and no variable of ours`, todo)]
    })
}

/** The same letters, whatever their case and what is between them. */
const isSpelling = (name: string, meant: string): boolean => letters(name) === letters(meant)
const letters = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z\d]/g, '')

/** Words that say what a variable holds, by what they come to. */
const kinds: Readonly<Record<string, 'key' | 'url'>> = {
  API: 'key',
  APIKEY: 'key',
  KEY: 'key',
  TOKEN: 'key',
  SECRET: 'key',
  SERVICE: 'key',
  ROLE: 'key',
  URL: 'url',
  URI: 'url',
  BASE: 'url',
  BASEURL: 'url',
  ENDPOINT: 'url',
  HOST: 'url',
}

const synonyms: Readonly<Record<string, string>> = {
  DB: 'DATABASE',
  PG: 'DATABASE',
  POSTGRES: 'DATABASE',
  POSTGRESQL: 'DATABASE',
}

/** Whose it is and what it holds: `GROQ_KEY` and `GROQ_API_KEY` are both the key of GROQ. */
function meaning(name: string): { of: string; kind: 'key' | 'url' | null } {
  const words = name
    .toUpperCase()
    .split(/[^A-Z\d]+/)
    .map((word) => synonyms[word] ?? word)
  const held = words.map((word) => kinds[word])
  return {
    of: words.filter((_, index) => held[index] === undefined).join(''),
    kind: held.includes('url') ? 'url' : (held.find((kind) => kind !== undefined) ?? null),
  }
}

function isNear(name: string, meant: string): boolean {
  const [mine, theirs] = [meaning(name), meaning(meant)]
  if (theirs.of === '') return false
  const isWholly = theirs.kind === null || letters(name).startsWith(theirs.of)
  if (isWholly && isMisspelled(letters(name), letters(meant))) return true
  return mine.kind === theirs.kind && (mine.of === theirs.of || isMisspelled(mine.of, theirs.of))
}

/** One slip of the fingers in five letters or more; two neighbours exchanged in four. */
function isMisspelled(word: string, meant: string): boolean {
  if (meant.length < 4 || Math.abs(word.length - meant.length) > 1) return false
  let start = 0
  while (start < meant.length && word[start] === meant[start]) start += 1
  const [left, right] = [word.slice(start), meant.slice(start)]
  if (left.slice(2) === right.slice(2) && left[0] === right[1] && left[1] === right[0]) return true
  const others = [left.slice(1) === right.slice(1), left.slice(1) === right, left === right.slice(1)]
  return meant.length > 4 && others.includes(true)
}
