import { z } from 'zod'
import {
  type Impact,
  impacts,
  type Indicator,
  type OfficialIncident,
  type OfficialMaintenance,
  phases,
} from '../core/official-status.ts'
import { oneLine } from '../core/text.ts'

/** What one document of a status page tells; null what it does not tell. */
export interface OfficialPart {
  /** Of the whole page. */
  overall: { indicator: Indicator; description: string | null } | null
  components: { name: string; indicator: Indicator }[] | null
  incidents: OfficialIncident[] | null
  maintenances: OfficialMaintenance[]
}

/** Reads a document; null if it is not what the dialect answers. */
export type ReadPart = (body: unknown, page: string) => OfficialPart | null

/** A moment with its offset, in ISO 8601. */
export const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

/** A short text: what others write is shown on one line. */
export const line = z.string().transform((text) => oneLine(text).slice(0, 300))

/** A name, which is not empty. */
export const name = line.refine((text) => text !== '')

/** What a page calls something. */
export const key = z.union([z.string().min(1).max(100), z.number()]).transform(String)

/** A phase or an impact of a word that we may not know. */
export const phase = z.enum(phases).catch('unknown')
export const impact = z.enum(impacts).catch('unknown')

/** A link that may be shown, or null: whatever is not https is no link. */
export const link = z
  .url({ protocol: /^https$/ })
  .max(2000)
  .nullable()
  .catch(null)

/** Indicators by the words of a dialect; a word that is not listed is unknown. */
export const indicatorOf = (words: Readonly<Record<string, Indicator>>) =>
  z.string().transform((word): Indicator => (Object.hasOwn(words, word) && words[word]) || 'unknown')

const impactsBy: Readonly<Record<Indicator, Impact>> = {
  operational: 'none',
  under_maintenance: 'maintenance',
  unknown: 'unknown',
  degraded_performance: 'minor',
  partial_outage: 'major',
  major_outage: 'critical',
}

/** How bad an incident is by what it did to components, on pages that do not rate their incidents. */
export const impactOf = (indicator: Indicator): Impact => impactsBy[indicator]
