import type { Check } from '../core/check.ts'
import type { Clock } from '../core/clock.ts'
import type { DoctorParts, Installation } from './parts.ts'
import { type Answer, type Asked, askStore } from './store.ts'

/** What checks look at. */
interface Levels {
  parts: DoctorParts
  /** There if the environment can be used. */
  installation: Installed
  /** There if the store can be reached. */
  store: Installed & { lacksFunctions: boolean }
  /** There if the store reports its health. */
  health: Installed & { asked: Asked }
}

type Installed = Installation & {
  clock: Clock
  /** Asks the store, once however often it is called. */
  ask: () => Promise<Answer>
}

/** What is examined. Beyond the installation, the levels are found by asking the store. */
interface Patient {
  parts: DoctorParts
  installed: Installed | null
}

/** One thing that is looked at. */
export interface Examination {
  name: string
  needs: keyof Levels
  look: (patient: Patient) => Promise<Check[]>
}

const levels: { [Level in keyof Levels]: (patient: Patient) => Promise<Levels[Level] | null> } = {
  parts: ({ parts }) => Promise.resolve(parts),
  installation: ({ installed }) => Promise.resolve(installed),
  store: async ({ installed }) => {
    const answer = await installed?.ask()
    if (installed === null || answer === undefined || answer.state === 'down') return null
    return { ...installed, lacksFunctions: answer.state === 'lacks_functions' }
  },
  health: async ({ installed }) => {
    const answer = await installed?.ask()
    return installed !== null && answer?.state === 'answers' ? { ...installed, asked: answer.asked } : null
  },
}

/** An examination of a level; left out if the level is not there. */
export const examination = <Level extends keyof Levels>(
  name: string,
  needs: Level,
  run: (level: Levels[Level]) => Check | Check[] | Promise<Check | Check[]>,
): Examination => ({
  name,
  needs,
  look: async (patient) => {
    const level = await levels[needs](patient)
    return level === null ? [] : [await run(level)].flat()
  },
})

/** The patient of an examination. */
export function patientOf(parts: DoctorParts): Patient {
  const { installation, clock } = parts
  if ('problems' in installation) return { parts, installed: null }
  let answer: Promise<Answer> | null = null
  const ask = () => (answer ??= askStore(installation, clock))
  return { parts, installed: { ...installation, clock, ask } }
}
