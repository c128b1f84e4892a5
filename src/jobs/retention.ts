import { z } from 'zod'
import type { Retention } from '../store/history-codec.ts'

/** How many days texts, results, proxy requests and their texts are kept; null is forever. */
export interface RetentionDays {
  texts: number | null
  results: number | null
  proxy: number | null
  proxyTexts: number
  /** The folder of an archive that must have results before they are deleted; null if none must. */
  archive: string | null
}

/** The times before which each of them is too old. */
export function retentionCutoffs(days: Omit<RetentionDays, 'archive'>, now: Date): Retention {
  const before = (kept: number | null) =>
    kept === null ? null : new Date(now.getTime() - kept * 24 * 3_600_000)
  return {
    textsBefore: before(days.texts),
    resultsBefore: before(days.results),
    proxyBefore: before(days.proxy),
    proxyTextsBefore: before(days.proxyTexts),
  }
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
