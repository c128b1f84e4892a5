import type { Check } from '../core/check.ts'
import { clockCheck } from './clock.ts'
import { type Examination, examination, patientOf } from './examination.ts'
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
import type { DoctorParts } from './parts.ts'
import { scheduleCheck } from './schedule.ts'
import { withoutSecrets } from './secrets.ts'
import { storeCheck } from './store.ts'

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
  const patient = patientOf(parts)
  for (const each of callProviders ? [...examinations, keys] : examinations)
    for (const check of await each.look(patient)) yield withoutSecrets(check, parts.env)
}
