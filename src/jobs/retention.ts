import { z } from 'zod'
import type { Retention } from '../store/history-codec.ts'

/** How many days texts, results and proxy requests are kept; null is forever. */
export interface RetentionDays {
  texts: number | null
  results: number | null
  proxy: number | null
}

/** The times before which each of them is too old. */
export function retentionCutoffs({ texts, results, proxy }: RetentionDays, now: Date): Retention {
  const before = (days: number | null) =>
    days === null ? null : new Date(now.getTime() - days * 24 * 3_600_000)
  return { textsBefore: before(texts), resultsBefore: before(results), proxyBefore: before(proxy) }
}

/** A number of days, or `off` for forever. */
export const daysSetting = (least: number) =>
  z.string().transform((text, context) => {
    if (text === 'off') return null
    const days = /^\d{1,5}$/.test(text) ? Number(text) : 0
    if (days >= least) return days
    context.addIssue(`must be a number of days from ${least} on, or off`)
    return z.NEVER
  })
