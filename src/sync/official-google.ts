import { z } from 'zod'
import { impactOf, indicatorOf, key, line, moment, name, type ReadPart } from './official-part.ts'

// Google Cloud's `incidents.json`, whose schema is https://status.cloud.google.com/incidents.schema.json. It lists
// what was wrong: a product without an open incident is one of which nothing is said to be wrong.

const product = z.object({ title: name })

const incident = z.object({
  id: key,
  begin: moment,
  end: moment.nullish(),
  external_desc: line,
  severity: z.string().nullish(),
  status_impact: indicatorOf({
    SERVICE_INFORMATION: 'degraded_performance',
    SERVICE_DISRUPTION: 'partial_outage',
    SERVICE_OUTAGE: 'major_outage',
  }),
  affected_products: z.array(product),
})

/** What was wrong for years: none at all means that this is not the list. */
const document = z.array(incident).min(1)

/** Reads `incidents.json`. */
export const readGoogle: ReadPart = (body, page) => {
  const { data: incidents } = document.safeParse(body)
  if (incidents === undefined) return null
  return {
    overall: null,
    components: incidents.flatMap(({ affected_products: products, end, status_impact: state }) =>
      products.map(({ title }) => ({ name: title, indicator: end == null ? state : 'operational' })),
    ),
    incidents: incidents.map((each) => ({
      id: each.id,
      name: each.external_desc,
      impact: impactOf(each.status_impact),
      status: each.end == null ? 'unknown' : 'resolved',
      startedAt: each.begin,
      resolvedAt: each.end ?? null,
      url: new URL(`/incidents/${encodeURIComponent(each.id)}`, page).href,
      components: each.affected_products.map(({ title }) => title),
    })),
    maintenances: [],
  }
}
