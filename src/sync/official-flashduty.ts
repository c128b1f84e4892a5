import { z } from 'zod'
import type { Indicator } from '../core/official-status.ts'
import { indicatorOf, key, name, phase, type ReadPart } from './official-part.ts'

// What a page of Flashduty (flashcat.cloud) reads itself, `/api/status-page/<id>/summary/active`. Components have no
// state of their own: what is wrong with them says a change that is active.

const moment = z
  .number()
  .min(0)
  .max(1e11)
  .transform((seconds) => new Date(seconds * 1000))
const state = indicatorOf({
  operational: 'operational',
  degraded: 'degraded_performance',
  degraded_performance: 'degraded_performance',
  partial_outage: 'partial_outage',
  full_outage: 'major_outage',
  major_outage: 'major_outage',
  under_maintenance: 'under_maintenance',
})

const change = z.object({
  change_id: key,
  type: z.string(),
  title: name,
  status: phase,
  affected_components: z.array(z.object({ name, status: state })),
  start_at_seconds: moment,
  close_at_seconds: moment.nullish(),
})

const document = z.object({
  data: z.object({
    page: z.object({ components: z.array(z.object({ name })).min(1) }),
    active_changes: z.array(change),
  }),
})

/** Reads `summary/active` of a page. */
export const readFlashduty: ReadPart = (body) => {
  const { data: given } = document.safeParse(body)
  if (given === undefined) return null
  const { page, active_changes: changes } = given.data
  const affected = changes.flatMap((each) =>
    each.affected_components.map((of) => ({ name: of.name, indicator: of.status })),
  )
  const isVague = changes.some((each) => each.affected_components.length === 0 && !isPlanned(each))
  const unaffected: Indicator = isVague ? 'unknown' : 'operational'
  return {
    overall: null,
    components: [...page.components.map((each) => ({ name: each.name, indicator: unaffected })), ...affected],
    incidents: changes
      .filter((each) => !isPlanned(each))
      .map((each) => ({
        id: each.change_id,
        name: each.title,
        impact: 'unknown',
        status: each.status,
        startedAt: each.start_at_seconds,
        resolvedAt: each.close_at_seconds ?? null,
        url: null,
        components: each.affected_components.map((of) => of.name),
      })),
    maintenances: changes.filter(isPlanned).map((each) => ({
      id: each.change_id,
      name: each.title,
      startsAt: each.start_at_seconds,
      endsAt: each.close_at_seconds ?? null,
      url: null,
    })),
  }
}

const isPlanned = ({ type }: z.output<typeof change>): boolean => type === 'maintenance'
