import type { Answer } from '../../api/client.ts'

export type Present = Answer<'GET /api/v1/now'>
export type PresentRow = Present['rows'][number]

/** The days of the uptime bars, and the share of each that was not measured by our own fault. */
export interface Days {
  days: Present['days']
  gaps: readonly number[]
}
