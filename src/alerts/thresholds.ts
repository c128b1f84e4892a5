import type { IncidentKind } from '../core/incident.ts'
import { asObject } from '../core/json.ts'
import { rules } from './rules.ts'

/** A number by which a kind of incident is judged, and which firsttoken.yaml may set. */
export interface Threshold {
  /** What it is if nobody sets it. */
  usual: number
  least: number
  most: number
  isWhole: boolean
  /** The number of the same kind that it does not exceed. */
  upTo: string | null
  about: string
}

/** Between which bounds a number is, and which other one it does not exceed. */
type Bounds = readonly [least: number, most: number, upTo?: string]

const number = (usual: number, [least, most, upTo]: Bounds, about: string): Threshold => ({
  usual,
  least,
  most,
  isWhole: false,
  upTo: upTo ?? null,
  about,
})
const whole = (...of: Parameters<typeof number>): Threshold => ({ ...number(...of), isWhole: true })

/** More of the last checks than these are not read from the database. */
const mostChecks = 12

/**
 * Every one of them, by its kind and its name in the file. Not among them is what the database counts by itself: the
 * failures of `down`, and how many results and days are looked at.
 */
export const thresholds = {
  errors: {
    failed: whole(rules.errors.failed, [1, mostChecks, 'of'], 'checks that failed, from which on it opens'),
    of: whole(rules.errors.of, [1, mostChecks], 'the last checks, among which they are'),
  },
  slow: {
    ratio: number(
      rules.slow.ratio,
      [1.1, 100, 'worse_ratio'],
      'the median over the usual one, from which on it opens',
    ),
    floor_ms: number(rules.slow.floorMs, [0, 600_000], 'ms by which an answer takes longer at least'),
    worse_ratio: number(rules.slow.worseRatio, [1.1, 100], 'the same ratio, from which on it is major'),
  },
  limit: {
    over: whole(
      rules.limit.over,
      // More samples in a row are never all fresh.
      [1, rules.fresh.intervals],
      'samples in a row over the limit of the target, with which it opens',
    ),
  },
  drift: {
    ratio: number(
      rules.drift.ratio,
      [1.05, 100],
      'the median of a week over that of four, from which on it opens',
    ),
  },
  model_gone: {
    syncs: whole(rules.model_gone.syncs, [1, 20], 'syncs in a row without the model, with which it opens'),
  },
  provider_wide: {
    targets: whole(rules.provider_wide.targets, [2, 1000], 'targets that are down, from which on it opens'),
    share: number(rules.provider_wide.share, [0.01, 1], 'the share of all targets that they are at least'),
  },
  budget: {
    share: number(
      rules.budget.share,
      [0.01, 1, 'worse_share'],
      'the share of the budget that is spent, from which on it opens',
    ),
    worse_share: number(rules.budget.worseShare, [0.01, 1], 'the same share, from which on it is major'),
  },
  calibration: {
    p99_ms: number(
      rules.calibration.p99Ms,
      [0.1, 10_000],
      'ms by which arrivals are late, above which it opens',
    ),
  },
} as const satisfies Partial<Record<IncidentKind, Readonly<Record<string, Threshold>>>>

/** A kind of incident that has some. */
type ThresholdKind = keyof typeof thresholds

/** The numbers that apply, by kind and name. */
export type Thresholds = {
  readonly [Kind in ThresholdKind]: { readonly [Name in keyof (typeof thresholds)[Kind]]: number }
}

/** Those that are set. */
export type SetThresholds = Readonly<Record<string, unknown>>

const mapEach = <From, To>(
  object: Readonly<Record<string, From>>,
  to: (value: From, key: string) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, to(value, key)]))

/** The numbers that apply if these are set. A kind or a name of another version is left alone. */
export const thresholdsWith = (set: SetThresholds): Thresholds =>
  mapEach(thresholds, (of, kind) => {
    const own = asObject(set[kind]) ?? {}
    return mapEach<Threshold, number>(of, ({ usual }, name) => {
      const value = own[name]
      return typeof value === 'number' ? value : usual
    })
  }) as Thresholds

/** The numbers that apply if nobody sets any. */
export const usualThresholds: Thresholds = thresholdsWith({})
