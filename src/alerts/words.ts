import type { IncidentKind, ResolveReason } from '../core/incident.ts'
import { calmRatio, rules } from './rules.ts'

/** A kind of incident for people: what it is of, when it opens and ends, and what its evidence holds. */
export interface KindInWords {
  of: 'target' | 'model' | 'provider' | 'installation'
  opens: string
  ends: string
  /** Keys of the evidence, and what they mean. */
  evidence: Readonly<Record<string, string>>
}

const percent = (share: number): string => `${100 * share} %`
const {
  down,
  errors,
  slow,
  limit,
  slo,
  misconfigured,
  drift,
  model_gone,
  model_swap,
  provider_wide,
  budget,
} = rules
const metric = '`ttft`, `latency` or `tpot` (ms per token)'
const errorKinds = 'what failed, the latest first, each kind once'

/** Every kind of incident in words, made of the constants by which it is judged. */
export const kindsInWords: Readonly<Record<IncidentKind, KindInWords>> = {
  down: {
    of: 'target',
    opens: `${down.failed} checks in a row failed by the provider's fault, and so did their rechecks.`,
    ends: `${down.ok} checks in a row were good.`,
    evidence: { failures: 'checks that failed in a row', error_kinds: errorKinds },
  },
  errors: {
    of: 'target',
    opens: `${errors.failed} of the last ${errors.of} checks failed by the provider's fault, and the target is not down.`,
    ends: `None of the last ${errors.cleanOf} checks failed, or the target is down.`,
    evidence: {
      failed: 'checks that failed',
      n: 'of how many',
      error_kinds: errorKinds,
      limit_failed: 'from how many on it opens',
      limit_n: 'of how many',
    },
  },
  slow: {
    of: 'target',
    opens:
      `${slow.windows.map(({ size, above }) => `${above} of the last ${size}`).join(' or ')} samples were slower than 95 % of the ` +
      `${slow.baseline.fromDays - slow.baseline.toDays} days up to a day ago, and their median is at least ` +
      `${slow.ratio} times the median of then and makes the answer ${slow.floorMs} ms longer. Major from ` +
      `${slow.worseRatio} times on.`,
    ends:
      `Each of the last ${slow.clean.windows} windows of ${slow.clean.size} samples had at most ${slow.clean.above} ` +
      `that were slower than those 95 %, and a median below ${calmRatio(slow.ratio)} times the median of then, which stays that of the ` +
      `opening. Or the target is down, or its samples are of another series.`,
    evidence: {
      metric,
      series: 'the samples that are compared',
      p50_ms: 'the median of the baseline',
      p95_ms: 'its p95',
      baseline_n: 'its samples',
      baseline_days: 'the days that they are of',
      noisy: `its p95 is more than ${slow.noisy} times its median`,
      above: 'samples above p95',
      n: 'of how many',
      median_ms: 'their median',
      ratio: 'that over the median of the baseline',
      limit_ratio: 'from which ratio on it opens',
      limit_longer_ms: 'how much longer an answer takes at least',
      worse_ratio: 'from which ratio on it is major',
    },
  },
  limit: {
    of: 'target',
    opens: `${limit.over} samples in a row took longer than the limit of the target.`,
    ends: `${limit.under} samples in a row did not, the limit was taken away, or the target is down.`,
    evidence: {
      metric: '`ttft` or `latency`',
      limit_ms: 'the limit',
      recent_ms: 'the samples, the latest first',
    },
  },
  slo: {
    of: 'target',
    opens:
      `In 24 hours the budget of an objective was spent ${slo.day} times as fast as it allows, or in 7 days ${slo.week} times, by ` +
      `${slo.bad} bad checks or samples at least, of which one is among the last ${slo.cleanOf}.`,
    ends:
      `By every objective of the target none of the last ${slo.cleanOf} was bad, and its budget is spent less than ${slo.calm * slo.day} and ` +
      `${slo.calm * slo.week} times as fast as it allows; or the objective was taken away.`,
    evidence: {
      objective: '`availability`, `ttft` or `latency`',
      share: 'which share must be good',
      within_ms: 'how long a timing may take; null for availability',
      n_24h: 'checks, or samples of a timing, in 24 hours',
      bad_24h: 'those of them that were bad',
      burn_24h: 'how many times as fast as it allows the budget was spent',
      n_7d: 'checks or samples in 7 days',
      bad_7d: 'those of them that were bad',
      burn_7d: 'how many times as fast as it allows the budget was spent',
    },
  },
  misconfigured: {
    of: 'target',
    opens: `${misconfigured.failed} attempts in a row failed by the account or the configuration.`,
    ends: `${misconfigured.ok} attempts in a row succeeded.`,
    evidence: {
      failures: 'attempts that failed in a row',
      fault_domain: '`account` or `config`',
      error_kinds: errorKinds,
    },
  },
  drift: {
    of: 'target',
    opens:
      `The median of the last ${drift.recentDays} daily medians is at least ${drift.ratio} times that of the ` +
      `${drift.referenceDays} before them, and ${drift.above} of the ${drift.recentDays} are above the p75 of those. A day counts ` +
      `from ${drift.samplesPerDay} samples on.`,
    ends:
      `The median of the last ${drift.recentDays} daily medians is below ${calmRatio(drift.ratio)} times what it was compared with, ` +
      `${drift.expiresDays} days have passed, or the target has another series.`,
    evidence: {
      metric,
      series: 'the samples that are compared',
      recent_ms: 'the median of the last days',
      reference_ms: 'that of the days before',
      ratio: 'the one over the other',
      days: 'how many days are the last',
      reference_days: 'how many are before',
      limit_ratio: 'from which ratio on it opens',
    },
  },
  price_change: {
    of: 'model',
    opens:
      'The last sync changed the price of a model with an active target. A price that a person set is no change.',
    ends: 'With the next sync.',
    evidence: {
      sync_id: 'the sync',
      input_before: 'USD per million input tokens before',
      input_after: 'and after',
      output_before: 'USD per million output tokens before',
      output_after: 'and after',
      source: 'where the price is from',
    },
  },
  model_gone: {
    of: 'model',
    opens: `${model_gone.syncs} saved syncs in a row did not list a model with an active target that was listed before.`,
    ends: 'It is listed again.',
    evidence: { syncs: 'syncs in a row that lack it', limit_syncs: 'with how many it opens' },
  },
  model_swap: {
    of: 'model',
    opens: `${model_swap.answers} answers in a row named another model than the ${model_swap.before} before them, which all named the same.`,
    ends:
      `${model_swap.answers} answers in a row name the model of before; else with the next sync, or after ` +
      `${model_swap.expiresDays} days.`,
    evidence: {
      before: 'the model that was named',
      after: 'the one that is named now',
      n: 'answers since then',
    },
  },
  provider_wide: {
    of: 'provider',
    opens:
      `${provider_wide.targets} targets or more, and at least ${percent(provider_wide.share)} of those of which anything is known, ` +
      `are down.`,
    ends: 'None is down.',
    evidence: {
      down: 'targets that are down',
      targets: 'of how many',
      models: 'their models',
      limit_targets: 'from how many on it opens',
      limit_share: 'which share of them that is at least',
    },
  },
  own_outage: {
    of: 'installation',
    opens: 'Most targets of the last scheduled run failed on the network, over three providers or more.',
    ends: 'A scheduled run finishes without that.',
    evidence: { run_id: 'the run', reason: 'what is known of it' },
  },
  silent: {
    of: 'installation',
    opens:
      'No scheduled run has finished for 2.5 intervals of the schedule. One that came too late to call anybody is none.',
    ends: 'One has.',
    evidence: { last_finished_at: 'when the last one finished', limit_ms: 'how long it may take' },
  },
  budget: {
    of: 'installation',
    opens: `${percent(budget.share)} of what may be spent in a day or month are spent. Major from ${percent(budget.worseShare)} on.`,
    ends: 'Less is, as on the next day or in the next month.',
    evidence: {
      period: '`day` or `month`',
      usd: 'what is spent',
      limit_usd: 'what may be',
      limit_share: 'from which share of it on it opens',
      worse_share: 'from which share on it is major',
    },
  },
  calibration: {
    of: 'installation',
    opens: `By the last calibration of this machine with one stream, the p99 of how late it stamps arrivals is above ${rules.calibration.p99Ms} ms.`,
    ends: 'The next one is better.',
    evidence: { host: 'the machine', p99_ms: 'how late it stamps', limit_ms: 'how late it may' },
  },
}

/** Why an incident ended, in words. */
export const reasonsInWords: Readonly<Record<ResolveReason, string>> = {
  recovered: 'what was wrong is right again',
  superseded: 'the target is down, which tells it',
  gone: 'its target was switched off or deleted, or no active target is of its model',
  by_hand: 'a person resolved it',
  expired: 'what it was judged by is over: the series, the limit, the sync, the days',
}
