import { randomUUID } from 'node:crypto'
import type { Mode, Target } from '../../src/core/plan.ts'
import type { Result } from '../../src/core/result.ts'
import type { Store } from '../../src/store/store.ts'
import { recordResult } from './record-result.ts'
import { failedResult, samplePlan, sampleProbe, sampleResult, sampleTarget } from './samples.ts'

const quarter = 15 * 60_000

export interface Made extends Partial<Result> {
  minutesAgo: number
  mode?: Mode
  series?: string
  /** Of the recheck that follows. */
  recheck?: boolean
}

/** Records results of targets as scheduled runs do. */
export function resultsOf(store: Store) {
  /** A target that no other test has, of a provider of its own. */
  const newTarget = (provider = `p-${randomUUID().slice(0, 8)}`): Target =>
    sampleTarget(`m-${randomUUID().slice(0, 8)}`, provider)

  /** The result of a call made so many minutes ago, in a run of its own, and of its recheck. */
  const record = async (target: Target, region: string, made: Made): Promise<string> => {
    const { minutesAgo, mode = 'scheduled', series = 'series-1', recheck, ...more } = made
    const at = Date.now() - minutesAgo * 60_000
    const slot = new Date(Math.floor(at / quarter) * quarter)
    const probe = sampleProbe(target, { region, series, warmup: more.warmup ?? false })
    const [about] = samplePlan([]).providers
    if (about === undefined) throw new Error('the sample has no provider')
    const plan = samplePlan([], {
      probes: [probe],
      mode,
      providers: [{ ...about, id: target.provider, name: target.provider }],
      schedule: `s-${randomUUID()}`,
      slot,
      lateAt: new Date(slot.getTime() + quarter),
    })
    await store.startRun(plan, region)
    const seen = { startedAt: new Date(at), totalLatencyMs: 800, timingQuality: 'ok' as const, ...more }
    const make = seen.success === false ? failedResult : sampleResult
    await recordResult(store, make(plan, probe, seen))
    if (recheck !== undefined) {
      const again = sampleProbe(target, { region, series })
      await store.planConfirm({ probeId: probe.id, id: again.id, resultId: again.resultId })
      const later = { ...seen, success: recheck, startedAt: new Date(at + 5000) }
      await recordResult(store, (recheck ? sampleResult : failedResult)(plan, again, later))
    }
    await store.finishRun({ runId: plan.id, status: 'finished' })
    return probe.resultId
  }
  return { newTarget, record }
}

/** A failure of the provider. */
export const providerFault = {
  success: false,
  errorKind: 'server_error',
  faultDomain: 'provider',
} as const satisfies Partial<Result>
