import { z } from 'zod'
import { indicatorOf, key, line, moment, name, type ReadPart } from './official-part.ts'

// Better Stack's `/index.json`, JSON:API:
// https://betterstack.com/docs/uptime/status-pages/subscribing-to-status-updates/subscribing-to-api/

const state = indicatorOf({
  operational: 'operational',
  degraded: 'degraded_performance',
  downtime: 'major_outage',
  maintenance: 'under_maintenance',
})

const section = z.object({
  id: key,
  type: z.literal('status_page_section'),
  attributes: z.object({ name: line }),
})
const resource = z.object({
  id: key,
  type: z.literal('status_page_resource'),
  attributes: z.object({
    status_page_section_id: key,
    public_name: name,
    /** Null if nothing is said of it. */
    status: z.union([z.literal('not_monitored').transform(() => null), state]),
  }),
})
const report = z.object({
  id: key,
  type: z.literal('status_report'),
  attributes: z.object({
    title: name,
    report_type: z.string(),
    starts_at: moment,
    ends_at: moment.nullish(),
    aggregate_state: z.string().nullish(),
    affected_resources: z.array(z.object({ status_page_resource_id: key })).nullish(),
  }),
})
const others = z
  .object({ type: z.string().refine((type) => !known.has(type)) })
  .transform(() => ({ type: null }))
const known = new Set(['status_page_section', 'status_page_resource', 'status_report'])

const document = z.object({
  data: z.object({ type: z.literal('status_page'), attributes: z.object({ aggregate_state: state }) }),
  included: z.array(z.union([section, resource, report, others])),
})

/** Reads `index.json` of a page. A component is named by its section too: "Inference - Chat: Kimi K3". */
export const readBetterstack: ReadPart = (body, page) => {
  const { data: given } = document.safeParse(body)
  if (given === undefined) return null
  const { data, included } = given
  const sections = new Map(
    included.flatMap((each) =>
      each.type === 'status_page_section' ? [[each.id, each.attributes.name] as const] : [],
    ),
  )
  const components = included.flatMap((each) =>
    each.type === 'status_page_resource' ? [{ id: each.id, ...named(each.attributes, sections) }] : [],
  )
  const nameOf = new Map(components.map((each) => [each.id, each.name]))
  const reports = included.flatMap((each) => (each.type === 'status_report' ? [each] : []))
  const isPlanned = (each: (typeof reports)[number]) => each.attributes.report_type === 'maintenance'
  return {
    overall: { indicator: data.attributes.aggregate_state, description: null },
    components: components.flatMap((each) =>
      each.indicator === null ? [] : { name: each.name, indicator: each.indicator },
    ),
    incidents: reports
      .filter((each) => !isPlanned(each))
      .map(({ id: reportId, attributes: { title, starts_at, ends_at, ...rest } }) => ({
        id: reportId,
        name: title,
        impact: rest.aggregate_state === 'downtime' ? 'critical' : 'unknown',
        status: ends_at == null ? 'unknown' : 'resolved',
        startedAt: starts_at,
        resolvedAt: ends_at ?? null,
        url: `${page}/incident/${encodeURIComponent(reportId)}`,
        components: (rest.affected_resources ?? []).flatMap(
          (each) => nameOf.get(each.status_page_resource_id) ?? [],
        ),
      })),
    maintenances: reports.filter(isPlanned).map(({ id: reportId, attributes }) => ({
      id: reportId,
      name: attributes.title,
      startsAt: attributes.starts_at,
      endsAt: attributes.ends_at ?? null,
      url: null,
    })),
  }
}

const named = (
  { status_page_section_id: within, public_name: part, status }: z.output<typeof resource>['attributes'],
  sections: ReadonlyMap<string, string>,
) => ({ name: sections.has(within) ? `${sections.get(within)}: ${part}` : part, indicator: status })
