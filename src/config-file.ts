import { readFile } from 'node:fs/promises'
import { codeOf, messageOf } from './core/error.ts'
import { trimmed } from './core/trimmed.ts'
import type { ConfigFile } from './config/parse.ts'
import { type Environment, type Installation, readConfig } from './env.ts'
import { parseHosts } from './net/egress.ts'

/** The file that is read if it is there and FIRSTTOKEN_CONFIG names no other. */
const usualPath = 'firsttoken.yaml'

/** Reads the file that an environment names, or the usual one; null if there is none. */
export async function readConfigFile(env: Environment): Promise<ConfigFile | { problems: string[] } | null> {
  const named = trimmed(env['FIRSTTOKEN_CONFIG'] ?? '')
  const path = named === '' ? usualPath : named
  try {
    const bytes = await readFile(path)
    // The parser costs 25 ms, which those without a file do not pay.
    const { parseConfig } = await import('./config/parse.ts')
    return parseConfig(bytes, { path, egressAllow: allowedIn(env) })
  } catch (error) {
    if (named === '' && codeOf(error) === 'ENOENT') return null
    return { problems: [`${path} cannot be read: ${messageOf(error)}`] }
  }
}

/** What is wrong with EGRESS_ALLOW, the environment tells. */
function allowedIn(env: Environment): readonly string[] {
  const hosts = parseHosts(trimmed(env['EGRESS_ALLOW'] ?? ''))
  return Array.isArray(hosts) ? hosts : []
}

/** Reads the environment over the settings of a file: what is wrong with one of those has its line and path. */
export function readConfigOver(file: ConfigFile, env: Environment): Installation | { problems: string[] } {
  const { variables, relocate } = file
  const isSet = (name: string) => trimmed(env[name] ?? '') !== ''
  const ofFile = Object.entries(variables).filter(([name]) => !isSet(name))
  const config = readConfig({ ...env, ...Object.fromEntries(ofFile) }, file.prompts)
  if (!('problems' in config)) {
    const problems = takenNames(file, config)
    return problems.length > 0 ? { problems } : config
  }
  const names = new Set(ofFile.map(([name]) => name))
  const isOfFile = (problem: string) => names.has(problem.slice(0, problem.indexOf(':')))
  return { problems: config.problems.map((each) => (isOfFile(each) ? relocate(each) : each)) }
}

/** Channels of the file that have the name of one of the environment, which would take their place in the database. */
function takenNames({ items, placeOf }: ConfigFile, { alerts: { channels } }: Installation): string[] {
  const taken = new Set<unknown>(channels.map(({ name }) => name))
  return items.flatMap(({ kind, value: { name } }, index) =>
    kind === 'channel' && taken.has(name)
      ? [
          `${placeOf(index, 'name')}: is a channel of the environment: choose another name, or take its ALERT_ variables away`,
        ]
      : [],
  )
}
