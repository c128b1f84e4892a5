import { formulaVersion } from '../core/metrics.ts'
import { type MonitoredTarget, type Monitoring, targetStates } from '../core/monitoring.ts'
import { faultDomains } from '../core/outcome.ts'
import { version } from '../core/version.ts'
import { lookUp } from '../core/json.ts'
import { ofIncidents } from './incident-families.ts'
import {
  by,
  counter,
  type Family,
  flags,
  gauge,
  info,
  inSeconds,
  inTokens,
  inUsd,
  moment,
  one,
  type Reading,
  seconds,
} from './metric-family.ts'

/** What is told of every target in every region. */
const ofTarget: readonly Reading<MonitoredTarget>[] = [
  [
    info('target', 'The series of the last call: a hash of prompt, limits and parameters.', {
      labels: ['series'],
    }),
    ({ last }) => one(1, { series: last?.series ?? '' }),
  ],
  [
    gauge('target_up', 'Whether the last check succeeded; absent while there are no checks.'),
    ({ state }) => one(state === 'stale' ? null : Number(state === 'up')),
  ],
  [
    gauge('target_state', 'Whether this is the state of the target.', { labels: ['state'] }),
    ({ state }) => flags('state', targetStates, state),
  ],
  [
    gauge(
      'target_interval_seconds',
      'How far apart checks are at most, by the schedule or its own interval.',
      inSeconds,
    ),
    ({ intervalS }) => seconds(intervalS === null ? null : 1000 * intervalS),
  ],
  [
    gauge('last_success_timestamp_seconds', 'When a call last succeeded.', inSeconds),
    ({ lastSuccessAt }) => moment(lastSuccessAt),
  ],
  [
    gauge('probe_timestamp_seconds', 'When the last call was recorded.', inSeconds),
    ({ last }) => moment(last?.at),
  ],
  [
    gauge('probe_success', 'Whether the last call succeeded.'),
    ({ last }) => one(last === null ? null : Number(last.success)),
  ],
  [
    gauge('probe_ttft_seconds', 'Time to the first token of the last call.', inSeconds),
    ({ last }) => seconds(last?.ttftMs),
  ],
  [
    gauge('probe_ttfa_seconds', 'Time to the first token of the answer of the last call.', inSeconds),
    ({ last }) => seconds(last?.ttfaMs),
  ],
  [
    gauge('probe_latency_seconds', 'How long the whole last call took.', inSeconds),
    ({ last }) => seconds(last?.latencyMs),
  ],
  [
    gauge('probe_tokens_per_second', 'Output tokens per second of the last call, after the first.'),
    ({ last }) => one(last?.tps),
  ],
  [
    gauge('probe_tokens', 'Tokens of the last call.', { ...inTokens, labels: ['type'] }),
    ({ last }) => by('type', { input: last?.inputTokens ?? null, output: last?.outputTokens ?? null }),
  ],
  [gauge('probe_cost_usd', 'What the last call cost.', inUsd), ({ last }) => one(last?.costUsd)],
  [
    gauge('probe_timing_quality', 'How far the timing of the last call can be trusted.', {
      labels: ['quality'],
    }),
    ({ last }) =>
      last?.timingQuality ? flags('quality', ['ok', 'degraded', 'untrusted'], last.timingQuality) : [],
  ],
  [gauge('probes_in_flight', 'Calls that a worker makes now.'), ({ inFlight }) => one(inFlight)],
  [
    gauge('price_usd_per_token', 'The price in force, without its tiers.', {
      unit: 'usd_per_token',
      labels: ['type'],
    }),
    ({ price }) => {
      if (price === null) return []
      const { inputPerM: input, outputPerM: output, cachedPerM: cached } = price
      const rates = {
        input,
        output,
        cached,
        cache_write: price.cacheWritePerM,
        reasoning: price.reasoningPerM,
      }
      return by('type', rates).map(({ labels, value }) => ({ labels, value: value / 1e6 }))
    },
  ],
  [counter('probes', 'Calls, rechecks included.'), ({ totals }) => one(totals.calls)],
  [counter('probe_successes', 'Calls that succeeded, without rechecks.'), ({ totals }) => one(totals.ok)],
  [
    counter('probe_failures', 'Calls that failed, without rechecks.', { labels: ['fault_domain'] }),
    ({ totals }) => by('fault_domain', sumsByDomain(totals.failures)),
  ],
  [
    counter('probe_errors', 'The same failures by error kind, from the first one on.', {
      labels: ['error_kind', 'fault_domain'],
    }),
    ({ totals }) =>
      Object.entries(totals.failures).flatMap(([error_kind, value]) =>
        one(value, { error_kind, fault_domain: domainOf(error_kind) }),
      ),
  ],
  [
    counter('tokens', 'Tokens of all calls.', { ...inTokens, labels: ['type'] }),
    ({ totals }) => by('type', { input: totals.inputTokens, output: totals.outputTokens }),
  ],
  [
    counter('reasoning_tokens', 'The part of the output tokens that was reasoning.', inTokens),
    ({ totals }) => one(totals.reasoningTokens),
  ],
  [
    counter('cost_usd', 'What all calls cost, as far as that is known.', inUsd),
    ({ totals }) => one(totals.costUsd),
  ],
  [
    counter('cost_unknown', 'Calls that succeeded and whose cost is unknown.'),
    ({ totals }) => one(totals.costUnknown),
  ],
]

/**
 * The fault domain is that of the kind: were it the one in the database, an own outage would take failures
 * from one time series to another, which a counter cannot show.
 */
export const domainOf = (errorKind: string): string => lookUp(faultDomains, errorKind) ?? 'unknown'

/** Every fault domain has a time series from the beginning: Prometheus sees no increase from none to one. */
export function sumsByDomain(failures: Readonly<Record<string, number>>): Record<string, number> {
  const sums = Object.fromEntries(Object.values(faultDomains).map((domain) => [domain, 0]))
  for (const [kind, n] of Object.entries(failures)) sums[domainOf(kind)] = (sums[domainOf(kind)] ?? 0) + n
  return sums
}

/** What is told of the whole installation. */
const ofInstallation: readonly Reading<Monitoring>[] = [
  [
    info('build', 'The version of firsttoken and of its formulas.', {
      labels: ['version', 'formula_version'],
    }),
    () => one(1, { version, formula_version: String(formulaVersion) }),
  ],
  [
    gauge(
      'schedule_lateness_seconds',
      'How long the next run of the schedule is overdue; 0 if it is not, absent if none ever began.',
      inSeconds,
    ),
    ({ now, schedule }) =>
      seconds(schedule?.lateAt ? Math.max(0, now.getTime() - schedule.lateAt.getTime()) : null),
  ],
  [
    gauge('schedule_interval_seconds', 'From the last slot that began to the next.', inSeconds),
    ({ schedule }) => seconds(schedule?.lateAt ? schedule.lateAt.getTime() - schedule.slot.getTime() : null),
  ],
  [
    gauge('schedule_last_finished_timestamp_seconds', 'When a scheduled run last finished.', inSeconds),
    ({ schedule }) => moment(schedule?.lastFinishedAt),
  ],
  [gauge('runs_running', 'Runs that are under way.'), ({ nRunning }) => one(nRunning)],
  [
    gauge('spent_today_usd', 'What all calls of this UTC day cost, or may cost while in flight.', inUsd),
    ({ spentTodayUsd }) => one(spentTodayUsd),
  ],
  ...ofIncidents,
  [
    gauge('targets', 'Targets that were called lately, by region; no more than 1000 are shown.'),
    ({ nTargets }) => one(nTargets),
  ],
]

/** The definitions, for documents: those of the installation, and those of each target. */
export const familyDefinitions = {
  installation: ofInstallation.map(([definition]) => definition),
  target: ofTarget.map(([definition]) => definition),
}

/**
 * What is known as families in a stable order, without those that are empty. `synthetic` says which kind of
 * targets was read.
 */
export function familiesOf(known: Monitoring, synthetic: boolean): Family[] {
  const general = ofInstallation.map(([definition, read]): Family => {
    const samples = read(known).map((sample) => ({ ...sample, since: null }))
    return { ...definition, samples }
  })
  const specific = ofTarget.map(([definition, read]): Family => {
    const samples = known.targets.flatMap((target) => {
      const { provider, model, region, targetId, totals } = target
      const about = { provider, model, region, target: targetId, ...(synthetic && { synthetic: 'true' }) }
      return read(target).map(({ labels, value }) => ({
        labels: { ...about, ...labels },
        value,
        since: totals.since,
      }))
    })
    return { ...definition, samples }
  })
  return [...general, ...specific].filter(({ samples }) => samples.length > 0)
}
