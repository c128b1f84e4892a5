import { seededRandom } from '../core/random.ts'
import { threadCpuMs } from '../probe/cpu.ts'
import type { RunParts, WhenUnreachable } from '../run/parts.ts'
import { defaultWaitMs } from '../run/retry-until.ts'
import type { App } from './app.ts'
import type { OpenedSession } from './open-session.ts'
import type { RunSetup } from './request.ts'
import type { MeasuringSession } from './session.ts'

/** What executing a run needs, taken from the setup, the app and the session. */
export function runPartsOf(
  { configured, defaults, save, seed, stop, cancel, leave, pool, deadline }: RunSetup,
  { spool, clock, sleep, uuid, owner }: App,
  {
    store,
    measure,
    startBy,
    watched,
  }: Pick<MeasuringSession, 'store' | 'measure'> & Pick<OpenedSession, 'watched'> & { startBy: number },
): RunParts {
  const { region, budget } = defaults
  return {
    store,
    clock,
    sleep,
    uuid,
    random: seed === null ? Math.random : seededRandom(seed),
    providers: configured,
    measure,
    // Two runs may share a process, and each is a worker of its own.
    owner: `${owner}:${uuid()}`,
    region,
    budget,
    stop: either(stop, cancel),
    ...(leave && { leave }),
    ...(watched && { isInMaintenance: watched.isInMaintenance }),
    deadline,
    startBy,
    cpu: () => ({ own: threadCpuMs(), measuring: pool?.cpuMs?.() ?? [] }),
    whenUnreachable: save ? whenUnreachable(spool, deadline) : 'fail',
  }
}

/** Aborted once one of them is. */
export const either = (one: AbortSignal, other: AbortSignal | undefined): AbortSignal =>
  other === undefined ? one : AbortSignal.any([one, other])

const whenUnreachable = (spool: App['spool'], deadline: RunSetup['deadline']): WhenUnreachable => {
  if (spool !== null) return { spool }
  return deadline === null ? 'fail' : { retryUntil: deadline.at }
}

/**
 * Until when a scheduled run waits for the database, as a `clock.now()`: 30 s, or an eighth of the time left.
 */
export function startByOf({ deadline }: Pick<RunSetup, 'deadline'>, { clock }: Pick<App, 'clock'>): number {
  const now = clock.now()
  return now + Math.min(defaultWaitMs, deadline === null ? Infinity : (deadline.at - now) / 8)
}
