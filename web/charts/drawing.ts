import type { Option } from './engine.ts'

// What charts are made of, without a browser: what computes them is tested without one.

/** The tokens that a canvas draws with. */
export const colourNames = [
  'bg',
  'surface',
  'text',
  'dim',
  'mute',
  'border',
  'control',
  'accent',
  'up',
  'failing',
  'down',
  'fill-up',
  'fill-failing',
  'fill-down',
  'fill-none',
  'series-1',
  'series-2',
  'series-3',
  'series-4',
  'series-5',
  'series-6',
  'series-7',
  'series-8',
] as const

/** The colours of the theme, by token, as a canvas takes them. */
export type Palette = Readonly<Record<(typeof colourNames)[number], string>> & { font: string }

/** What a chart draws, in the colours of the theme. Keep it the same function until the data changes. */
export type Draw = (palette: Palette) => Option

/** A place of a chart that can be pointed at and reached by the arrow keys. */
export interface Point {
  /** The index of its series in the option, and its own in the data of that. */
  series: number
  index: number
  /** What is told of it, with its ground: `12 Nov, 14:00: p50 412 ms, p95 630 ms, n 96`. */
  text: string
  /** Where it is on an axis of time, in ms, for whoever picks it. */
  at?: number
}
