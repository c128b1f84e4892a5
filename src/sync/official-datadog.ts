import { z } from 'zod'
import { worstOf } from '../core/official-status.ts'
import { impactOf, indicatorOf, key, moment, name, phase, type ReadPart } from './official-part.ts'

// What a page of Datadog reads itself, `/config.json`. Its words are those of Datadog's API:
// https://docs.datadoghq.com/api/latest/status-pages/

const state = indicatorOf({
  operational: 'operational',
  degraded: 'degraded_performance',
  partial_outage: 'partial_outage',
  major_outage: 'major_outage',
  maintenance: 'under_maintenance',
})

const component = z.object({ name, status: state })
const group = z.object({ components: z.array(component) }).transform(({ components }) => components)

const affected = z.array(component).nullish()

const incident = z.object({
  id: key,
  title: name,
  currentStatus: phase,
  resolved: z.boolean(),
  publishedDate: moment,
  /** Means something only if it is resolved. */
  resolvedDate: moment.nullable().catch(null),
  lastModifiedAt: moment,
  /** As they are now: what was wrong with them says the timeline. */
  componentsAffected: affected,
  timeline: z.array(z.object({ componentsAffected: affected })).nullish(),
})

const maintenance = z.object({
  id: key,
  title: name,
  currentStatus: z.string(),
  startDate: moment.nullish(),
  completedDate: moment.nullish(),
})

const document = z.object({
  components: z.array(z.union([group, component.transform((one) => [one])])),
  incidents: z.array(incident),
  maintenances: z.array(maintenance).nullish(),
})

/** Reads `config.json` of a page. Components are those within its groups, by their own names. */
export const readDatadog: ReadPart = (body) => {
  const { data } = document.safeParse(body)
  if (data === undefined) return null
  return {
    overall: null,
    components: data.components.flat().map((each) => ({ name: each.name, indicator: each.status })),
    incidents: data.incidents.map((each) => ({
      id: each.id,
      name: each.title,
      impact: impactOf(worstOf(statesOf(each))),
      status: each.resolved ? 'resolved' : each.currentStatus,
      startedAt: each.publishedDate,
      resolvedAt: each.resolved ? (each.resolvedDate ?? each.lastModifiedAt) : null,
      url: null,
      components: each.componentsAffected?.map((of) => of.name) ?? [],
    })),
    maintenances: (data.maintenances ?? [])
      .filter((each) => !['completed', 'canceled'].includes(each.currentStatus))
      .map((each) => ({
        id: each.id,
        name: each.title,
        startsAt: each.startDate ?? null,
        endsAt: each.completedDate ?? null,
        url: null,
      })),
  }
}

/** What components were and are while an incident lasts. */
const statesOf = ({ componentsAffected, timeline }: z.output<typeof incident>) =>
  [componentsAffected, ...(timeline ?? []).map((each) => each.componentsAffected)].flatMap((components) =>
    (components ?? []).map(({ status }) => status),
  )
