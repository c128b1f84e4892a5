import type { Check } from '../core/check.ts'
import { configuredProviders } from '../registry/configure.ts'
import { channelChecks } from './channels.ts'
import { clockCheck } from './clock.ts'
import { contextOf, defineCheck, type DoctorCheck } from './define-check.ts'
import { fleetChecks } from './fleet.ts'
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
import { nameChecks } from './names.ts'
import type { DoctorParts } from './parts.ts'
import { proxyChecks } from './proxy.ts'
import { scheduleCheck } from './schedule.ts'
import { withoutSecrets } from './secrets.ts'
import { storeCheck } from './store.ts'
import { leaderboardsCheck, pruningCheck, syncChecks } from './upkeep.ts'

/** All checks that call no provider, in the order shown. */
const checks: readonly DoctorCheck[] = [
  defineCheck('environment', 'parts', ({ installation, env }) => [
    ...environmentChecks('problems' in installation ? installation.problems : []),
    ...nameChecks(env),
  ]),
  defineCheck('node', 'parts', ({ nodeVersion }) => nodeCheck(nodeVersion)),
  defineCheck('providers', 'parts', ({ env, installation }) =>
    providerChecks(env, 'problems' in installation || installation.store.embedded),
  ),
  defineCheck('log', 'installation', ({ logDir }) => logCheck(logDir)),
  defineCheck('spool', 'installation', ({ spool }) => spoolChecks(spool?.dir ?? null)),
  defineCheck('store', 'installation', async ({ store, ask }) => storeCheck(store.name, await ask())),
  defineCheck('migrations', 'store', ({ openDatabase, lacksFunctions }) =>
    migrationsCheck(openDatabase, lacksFunctions),
  ),
  defineCheck('clock', 'health', ({ reading }) => clockCheck(reading)),
  defineCheck('schedule', 'health', ({ reading, schedule, clock }) =>
    scheduleCheck(reading.health, schedule, clock),
  ),
  defineCheck('leaderboards', 'health', ({ upkeep }) => leaderboardsCheck(upkeep)),
  defineCheck('pruning', 'health', ({ upkeep, retention }) => pruningCheck(upkeep, retention)),
  defineCheck('model sync', 'health', ({ reading, sync, env }) =>
    syncChecks(reading.health, sync.cron, configuredProviders(env).providers.length),
  ),
  defineCheck('channels', 'health', ({ reading, channels: saved, alerts, egressAllow, env }) =>
    channelChecks({
      configured: alerts.channels,
      saved,
      fallback: alerts.fallback,
      env,
      egressAllow,
      now: reading.health.now,
    }),
  ),
  defineCheck('fleet', 'health', ({ fleet }) => fleetChecks(fleet)),
  defineCheck('proxy', 'health', ({ proxy, traffic, reading, onVercel }) =>
    onVercel ? [] : proxyChecks({ settings: proxy, recorded: traffic, now: reading.health.now }),
  ),
  defineCheck('cron secret', 'installation', secretChecks),
]

/** Calls every provider once, with its key. */
const keyCheck = defineCheck('key', 'parts', ({ env, clock }) => keyChecks(env, clock.date()))

/** Checks an installation part by part and yields each result as it is made, free of secrets. */
export async function* runChecks(
  parts: DoctorParts,
  { local = true, callProviders = false } = {},
): AsyncGenerator<Check> {
  const context = contextOf(parts)
  for (const check of [...(local ? checks : []), ...(callProviders ? [keyCheck] : [])])
    for (const result of await check.run(context)) yield withoutSecrets(result, parts.env)
}
