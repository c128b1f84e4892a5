import { fleetFamilies } from '../report/fleet-families.ts'
import { familiesOf } from '../report/metric-families.ts'
import { exposition, formatFor, mediaTypes } from '../report/prometheus.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'
import { metricsPath } from './paths.ts'
import { flag } from './query.ts'

/** Adds what Prometheus scrapes: what the database knows at that moment. */
export const addMetrics = (api: Api, { app, openStore }: HttpParts): void => {
  api.add(
    {
      method: 'get',
      path: metricsPath,
      isWhole: true,
      access: 'read',
      tag: 'about',
      summary: 'Metrics for Prometheus, as text or OpenMetrics',
      query: { synthetic: flag.default(false) },
      media: ['text/plain', 'application/openmetrics-text'],
    },
    async ({ query: { synthetic }, context: { req } }) => {
      const { name: schedule } = app.config.defaults.schedule
      const store = await openStore()
      const known = await store.readMetrics({ schedule, synthetic })
      // A fleet is one, whatever its targets are.
      const ofFleet = synthetic ? [] : fleetFamilies(await store.readFleet({}))
      const format = formatFor(req.header('accept') ?? null)
      return new Response(exposition([...familiesOf(known, synthetic), ...ofFleet], format), {
        headers: { 'content-type': mediaTypes[format], 'cache-control': 'no-store', vary: 'accept' },
      })
    },
  )
}
