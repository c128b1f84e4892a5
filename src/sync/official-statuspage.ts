import { z } from 'zod'
import { indicators } from '../core/official-status.ts'
import { impact, indicatorOf, key, line, link, moment, name, phase, type ReadPart } from './official-part.ts'

// The public API of Atlassian Statuspage (https://metastatuspage.com/api), which incident.io answers too: its summary
// may lack incidents, its `components.json` the `page`; its incidents name no components, its components no groups.

const component = z.object({
  name,
  /** `full_outage` is incident.io's own word. */
  status: z
    .enum(indicators)
    .or(z.literal('full_outage').transform(() => 'major_outage' as const))
    .catch('unknown'),
  /** Whether it stands for others of the list. */
  group: z.boolean().nullish(),
})

const published = z.object({
  id: key,
  name,
  status: phase,
  impact,
  created_at: moment,
  started_at: moment.nullish(),
  updated_at: moment.nullish(),
  resolved_at: moment.nullish(),
  incident_updates: z.array(z.object({ display_at: moment.nullish() })).nullish(),
  shortlink: link.optional(),
  components: z.array(z.object({ name: line })).nullish(),
})

const incident = published.transform((given) => ({
  id: given.id,
  name: given.name,
  impact: given.impact,
  status: given.status,
  startedAt: startOf(given),
  resolvedAt:
    given.resolved_at ??
    (isOver(given.status) ? (given.updated_at ?? given.started_at ?? given.created_at) : null),
  url: given.shortlink ?? null,
  components: given.components?.map((each) => each.name) ?? [],
}))

/** The earliest moment it tells of: what is published late is created after it began, even after its end. */
const startOf = ({
  created_at,
  started_at,
  resolved_at,
  incident_updates: updates,
}: z.output<typeof published>) =>
  [started_at, resolved_at, ...(updates ?? []).map((each) => each.display_at)].reduce<Date>(
    (earliest, each) => (each && each < earliest ? each : earliest),
    created_at,
  )

const isOver = (status: z.output<typeof phase>) => status === 'resolved' || status === 'postmortem'

const maintenance = z.object({
  id: key,
  name,
  status: z.string(),
  scheduled_for: moment.nullish(),
  scheduled_until: moment.nullish(),
  shortlink: link.optional(),
})

const document = z
  .object({
    status: z
      .object({
        indicator: indicatorOf({
          none: 'operational',
          minor: 'degraded_performance',
          major: 'partial_outage',
          critical: 'major_outage',
          maintenance: 'under_maintenance',
        }),
        description: line.nullish(),
      })
      .optional(),
    components: z.array(component).optional(),
    incidents: z.array(incident).optional(),
    scheduled_maintenances: z.array(maintenance).optional(),
  })
  .refine(({ components, incidents }) => components !== undefined || incidents !== undefined)

/** Reads `summary.json`, `components.json` or `incidents.json` of a page. */
export const readStatuspage: ReadPart = (body) => {
  const { data } = document.safeParse(body)
  if (data === undefined) return null
  const { status, components, incidents, scheduled_maintenances: planned = [] } = data
  return {
    overall: status ? { indicator: status.indicator, description: status.description ?? null } : null,
    components:
      components
        ?.filter(({ group }) => group !== true)
        .map((each) => ({ name: each.name, indicator: each.status })) ?? null,
    incidents: incidents ?? null,
    maintenances: planned
      .filter((each) => each.status !== 'completed')
      .map((each) => ({
        id: each.id,
        name: each.name,
        startsAt: each.scheduled_for ?? null,
        endsAt: each.scheduled_until ?? null,
        url: each.shortlink ?? null,
      })),
  }
}
