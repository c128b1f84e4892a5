import { formatMs } from './format.ts'

/** A value of a line with its interval; an end that is null is open, unless both are. */
export interface Point {
  /** A number, or the place of a category. */
  x: number
  y: number
  low: number | null
  high: number | null
  /** What is written beside it; null for nothing. */
  label: string | null
  /** Where that is; above by default, which a steep line would cross. */
  beside?: 'left' | 'right'
  /** Whether it is the one to look at. */
  marked?: boolean
  /** Whether it says nothing of the endpoint. */
  faint: boolean
}

/** A line of a figure. */
export interface Line {
  name: string
  /** The place of its colour, 1 to 8. */
  slot: number
  dashed: boolean
  points: readonly Point[]
}

/** What an axis measures. */
export interface Axis {
  name: string
  /** Of a number: `share` is of 0 to 1. */
  unit: 'ms' | 'number' | 'share'
  /** Names instead of numbers. */
  categories?: readonly string[]
  log?: boolean
}

/** Areas that are one path each: pieces from x to x in a lane. */
export interface Area {
  /** A colour of the style, such as `series-1`. */
  colour: string
  opacity: number
  pieces: readonly { lane: number; from: number; to: number }[]
}

/** Small dim text, as all of a drawing. */
export const text = { color: 'var(--mute)', fontSize: 12 }

const unitText = {
  ms: (value: number) => (value === 0 ? '0' : formatMs(value).replace(/\.?0+(?= s$)/, '')),
  number: (value: number) => (value >= 1000 ? `${value / 1000}k` : String(Number(value.toPrecision(6)))),
  share: (value: number) => `${Math.round(100 * value)} %`,
}

/** An axis, for the library that draws. */
export function axisOf({ name, unit, categories, log }: Axis, isUpright: boolean) {
  return {
    ...(categories === undefined
      ? { type: log === true ? 'log' : 'value', min: unit === 'share' ? 0 : undefined }
      : { type: 'category', data: [...categories], boundaryGap: true }),
    ...(unit === 'share' && { max: 1, interval: 0.25 }),
    name: isUpright ? '' : name,
    nameLocation: 'middle',
    nameGap: 26,
    nameTextStyle: { ...text, color: 'var(--dim)' },
    axisLine: { show: !isUpright, onZero: false, lineStyle: { color: 'var(--control)' } },
    axisTick: { show: false },
    axisLabel: {
      ...text,
      hideOverlap: true,
      showMinLabel: true,
      ...(categories === undefined && { formatter: unitText[unit] }),
    },
    splitLine: { show: isUpright, lineStyle: { color: 'var(--border)' } },
    splitNumber: isUpright ? 4 : 5,
  }
}
