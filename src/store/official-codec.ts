import { z } from 'zod'
import { impacts, indicators, officialErrors, phases } from '../core/official-status.ts'
import { count, moment, text } from './read-codec.ts'
import type { OfficialInput } from './official-store.ts'
import { toColumns, toJson } from './columns.ts'
import type { JsonObject } from '../core/json.ts'

/** With what each document is asked for only if it changed: request headers, by its URL. */
const validators = z.record(z.string(), z.record(z.string(), z.string()))
export type Validators = z.output<typeof validators>

export const claimedStatuses = z.object({ rows: z.array(z.object({ provider: z.string(), validators })) })

export const savedStatus = z.object({ opened: count })

const incident = z.object({
  external_id: z.string(),
  name: z.string(),
  impact: z.enum(impacts),
  status: z.enum(phases),
  started_at: moment,
  /** When it was first read on their page. */
  first_seen_at: moment,
  /** Its page, if it has one. */
  page_url: text,
  components: z.array(z.string()),
})

const maintenance = z.object({
  id: z.string(),
  name: z.string(),
  starts_at: moment.nullable(),
  ends_at: moment.nullable(),
  url: text,
})

export const officialStatusList = z.object({
  rows: z.array(
    z.object({
      provider: z.string(),
      indicator: z.enum(indicators),
      /** In the words of the page, or the components that are not well. */
      summary: text,
      /** Why the last answer was not understood. */
      error: z.enum(officialErrors).nullable(),
      checked_at: moment,
      /** When it was last understood. */
      ok_at: moment.nullable(),
      maintenances: z.array(maintenance),
      /** Those that are open, latest first. */
      incidents: z.array(incident),
    }),
  ),
})

/** The input of save_official_status. */
export function toOfficialInput({ provider, ...said }: OfficialInput): JsonObject {
  if (!('status' in said)) return toColumns({ provider, ...said })
  const { incidents, maintenances, indicator, description: summary } = said.status
  return {
    ...toColumns({ provider, indicator, summary, validators: said.validators }),
    incidents: incidents.map(({ id: externalId, url: pageUrl, ...rest }) =>
      toColumns({ externalId, pageUrl, ...rest }),
    ),
    maintenances: maintenances.map((each) => toColumns(each)).map(toJson),
  }
}
