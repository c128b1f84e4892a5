import meanings from 'virtual:metrics'
import { durationParts, type Parts, rateParts, unknown } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import type { PresentRow } from './view.ts'

/** All of them together. */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** A figure of a target: its median of 24 hours, and that of the last call. */
export interface Figure {
  id: string
  head: string
  meaning: string | undefined
  parts: (row: PresentRow) => Parts
  last: (row: PresentRow) => Parts
}

/** The figures, in order. */
export const figures: readonly Figure[] = [
  timed('ttft', 'TTFT', 'ttft_ms'),
  timed('ttfa', 'TTFA', 'ttfa_ms'),
  {
    id: 'tps',
    head: 'Speed',
    meaning: meanings['tps'],
    parts: ({ typical }) => rateParts(typical?.tps),
    last: ({ last }) => ({ ...rateParts(last?.tps), unit: '' }),
  },
  timed('latency', 'Latency', 'total_latency_ms'),
]

function timed(id: string, head: string, column: 'ttft_ms' | 'ttfa_ms' | 'total_latency_ms'): Figure {
  return {
    id,
    head,
    meaning: meanings[column],
    parts: ({ typical }) => durationParts(typical?.[column]),
    last: ({ last }) => durationParts(last?.[column]),
  }
}

/** The same of the last call, in words. */
export const lastText = ({ last }: PresentRow, { value, unit }: Parts): string =>
  (last?.error_kind ?? null) === null ? `last ${value}${unit === '' ? '' : ` ${unit}`}` : 'last failed'

/** What a figure is, or why it is unknown. */
export const whyOf = ({ typical }: PresentRow, { value }: Parts): string => {
  if (value !== unknown) return `median of ${plural(typical?.n ?? 0, 'answer')} in 24 h`
  return typical === null ? 'no answer in 24 hours' : 'too few tokens, or timing that cannot be trusted'
}
