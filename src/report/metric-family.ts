import type { Histogram } from '../core/histogram.ts'

/** Labels of a time series, in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>

/** One number of a family. */
export interface Sample {
  labels: Labels
  value: number
}

/** What of a family does not change. */
interface Definition<Type> {
  /** Without the suffix of its type: `_total`, `_info`. */
  name: string
  type: Type
  /** Its unit, with which the name ends; null if it has none. */
  unit: 'seconds' | 'usd' | 'tokens' | 'usd_per_token' | null
  help: string
  /** Its labels besides those of the target, if it is about one. */
  labels: readonly string[]
}

/** A family with one number a time series. An `info` is 1, and says what it has to say in its labels. */
export type FamilyDefinition = Definition<'counter' | 'gauge' | 'info'>
/** A family with many numbers a time series. */
export type HistogramDefinition = Definition<'histogram'>

/** A metric of one name, with all its time series. */
export interface Family extends FamilyDefinition {
  /** Since when the time series of a counter count; null if nothing is known. */
  samples: readonly (Sample & { since: Date | null })[]
}

/** A histogram of one name, with all its time series. */
export interface HistogramFamily extends HistogramDefinition {
  series: readonly { labels: Labels; histogram: Pick<Histogram, 'bounds' | 'counts' | 'sum'> }[]
}

/** A family, and how its time series are read from what is known. */
export type Reading<Input> = readonly [FamilyDefinition, (input: Input) => readonly Sample[]]

const define =
  <Type extends string>(type: Type) =>
  (
    name: string,
    help: string,
    { unit = null, labels = [] }: Partial<Pick<Definition<Type>, 'unit' | 'labels'>> = {},
  ): Definition<Type> => ({ name: `firsttoken_${name}`, type, unit, help, labels })
/** What may rise and fall. */
export const gauge = define('gauge')
/** What only rises. */
export const counter = define('counter')
/** What its labels say. */
export const info = define('info')
/** How values are spread: from it come their quantiles, their mean and their rate. */
export const histogram = define('histogram')

/** One time series without further labels; none if the value is unknown. */
export const one = (value: number | null | undefined, labels: Labels = {}): Sample[] =>
  value === null || value === undefined ? [] : [{ labels, value }]
/** Milliseconds as seconds. */
export const seconds = (ms: number | null | undefined, labels: Labels = {}): Sample[] =>
  one(ms === null || ms === undefined ? null : ms / 1000, labels)
/** A moment in seconds since 1970. */
export const moment = (date: Date | null | undefined, labels: Labels = {}): Sample[] =>
  seconds(date?.getTime(), labels)
/** One time series for each of these values of a label, in their order. */
export const by = (label: string, values: Readonly<Record<string, number | null>>): Sample[] =>
  Object.entries(values).flatMap(([name, value]) => one(value, { [label]: name }))
/** 1 for the value that holds, and 0 for the others. */
export const flags = (label: string, names: readonly string[], current: string) =>
  by(label, Object.fromEntries(names.map((name) => [name, Number(name === current)])))

export const inSeconds = { unit: 'seconds' } as const
export const inTokens = { unit: 'tokens' } as const
export const inUsd = { unit: 'usd' } as const
