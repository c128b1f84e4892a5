import type { Check } from '../core/check.ts'
import type { Clock } from '../core/clock.ts'
import { clockCheck } from './clock.ts'
import {
  environmentChecks,
  logCheck,
  nodeCheck,
  providerChecks,
  secretChecks,
  spoolChecks,
} from './installation.ts'
import { keyChecks } from './keys.ts'
import { migrationsCheck } from './migrations.ts'
import type { DoctorParts, Installation } from './parts.ts'
import { scheduleCheck } from './schedule.ts'
import { withoutSecrets } from './secrets.ts'
import { type Answer, type Asked, askStore, storeCheck } from './store.ts'

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

/** The first levels; the others are found by asking the store. */
interface Patient {
  parts: DoctorParts
  installed: Installed | null
}

/** One thing that is looked at. */
interface Examination {
  name: string
  needs: keyof Levels
  /** No check if what it needs is not there. */
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

const examination = <Level extends keyof Levels>(
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

/** Everything that is looked at, in the order in which it is shown. No provider is called. */
const examinations: readonly Examination[] = [
  examination('environment', 'parts', ({ installation }) =>
    environmentChecks('problems' in installation ? installation.problems : []),
  ),
  examination('node', 'parts', ({ nodeVersion }) => nodeCheck(nodeVersion)),
  examination('providers', 'parts', ({ env, installation }) =>
    providerChecks(env, 'problems' in installation || installation.store.embedded),
  ),
  examination('log', 'installation', ({ logDir }) => logCheck(logDir)),
  examination('spool', 'installation', ({ spool }) => spoolChecks(spool?.dir ?? null)),
  examination('store', 'installation', async ({ store, ask }) => storeCheck(store.name, await ask())),
  examination('migrations', 'store', ({ openDatabase, lacksFunctions }) =>
    migrationsCheck(openDatabase, lacksFunctions),
  ),
  examination('clock', 'health', ({ asked }) => clockCheck(asked)),
  examination('schedule', 'health', ({ asked, schedule, clock }) =>
    scheduleCheck(asked.health, schedule, clock),
  ),
  examination('cron secret', 'installation', secretChecks),
]

/** Every provider is called once, with its key. */
const keys = examination('key', 'parts', ({ env, clock }) => keyChecks(env, clock.date()))

/** Looks at every part of an installation, in order; each check is given when it is made, and holds no secret. */
export async function* examine(parts: DoctorParts, { callProviders = false } = {}): AsyncGenerator<Check> {
  const { env, clock, installation } = parts
  const installed =
    'problems' in installation ? null : { ...installation, clock, ask: askOnce(installation, clock) }
  for (const each of callProviders ? [...examinations, keys] : examinations)
    for (const check of await each.look({ parts, installed })) yield withoutSecrets(check, env)
}

function askOnce(installation: Installation, clock: Clock): () => Promise<Answer> {
  let answer: Promise<Answer> | null = null
  return () => (answer ??= askStore(installation, clock))
}
