import type { Check } from '../core/check.ts'
import type { Clock } from '../core/clock.ts'
import type { Environment } from '../registry/configure.ts'
import type { DoctorParts, InspectedInstallation } from './parts.ts'
import { type Answer, askStore } from './store.ts'

/** What a check can be given. */
interface Needs {
  parts: DoctorParts
  /** Present if the environment is valid. */
  installation: Installed
  /** Present if the store can be reached. */
  store: Installed & { lacksFunctions: boolean }
  /** Present if the store reports its health. */
  health: Installed & Omit<Extract<Answer, { state: 'healthy' }>, 'state' | 'unwritten'>
}

type Installed = InspectedInstallation & {
  env: Environment
  clock: Clock
  /** Queries the store on the first call; later calls get the same answer. */
  ask: () => Promise<Answer>
}

/** What all checks of one visit share. */
interface Context {
  parts: DoctorParts
  /** Null if the environment is invalid. */
  installed: Installed | null
}

/** One item of the list of checks. */
export interface DoctorCheck {
  name: string
  needs: keyof Needs
  /** Runs the check; empty if what it needs is missing. */
  run: (context: Context) => Promise<Check[]>
}

const provide: { [Need in keyof Needs]: (context: Context) => Promise<Needs[Need] | null> } = {
  parts: ({ parts }) => Promise.resolve(parts),
  installation: ({ installed }) => Promise.resolve(installed),
  store: async ({ installed }) => {
    const answer = await installed?.ask()
    if (installed === null || answer === undefined || answer.state === 'down') return null
    return { ...installed, lacksFunctions: answer.state === 'lacks_functions' }
  },
  health: async ({ installed }) => {
    const answer = await installed?.ask()
    if (installed === null || answer?.state !== 'healthy') return null
    const { reading, upkeep, channels, fleet, traffic } = answer
    return { ...installed, reading, upkeep, channels, fleet, traffic }
  },
}

/** A check with what it needs; it is skipped if that is missing. */
export const defineCheck = <Need extends keyof Needs>(
  name: string,
  needs: Need,
  run: (given: Needs[Need]) => Check | Check[] | Promise<Check | Check[]>,
): DoctorCheck => ({
  name,
  needs,
  run: async (context) => {
    const given = await provide[needs](context)
    return given === null ? [] : [await run(given)].flat()
  },
})

/** The context of one visit, in which the store is queried once. */
export function contextOf(parts: DoctorParts): Context {
  const { installation, env, clock } = parts
  if ('problems' in installation) return { parts, installed: null }
  let answer: Promise<Answer> | null = null
  const ask = () => (answer ??= askStore(installation, clock))
  return { parts, installed: { ...installation, env, clock, ask } }
}
