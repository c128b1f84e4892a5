import type { Context, Next } from 'hono'
import { compress } from 'hono/compress'
import { cors } from 'hono/cors'
import { refuseHost } from './access.ts'
import { type Api, createApi, describe, openapi } from './api.ts'
import { addBenchmarks } from './benchmarks.ts'
import { addBudget } from './budget.ts'
import { addCalibrations } from './calibrations.ts'
import { addChannels } from './channels.ts'
import { addChat } from './chat.ts'
import { addChatEndpoint } from './chat-endpoint.ts'
import { addCompare } from './compare.ts'
import { addCosts } from './costs.ts'
import { createCron } from './cron.ts'
import { addDoctor } from './doctor.ts'
import { addDistribution } from './distribution.ts'
import { addDigests } from './digests.ts'
import { addErrors } from './errors.ts'
import { addEvents } from './events.ts'
import { addExport } from './export.ts'
import { addFleet } from './fleet.ts'
import { addGaps } from './gaps.ts'
import { addHistory } from './history.ts'
import { addIncidents } from './incidents.ts'
import { addHealth } from './installation-health.ts'
import { addLeaderboard } from './leaderboard.ts'
import { addLiveText } from './live-text.ts'
import { addMaintenance } from './maintenance.ts'
import { addOfficialStatuses } from './official-statuses.ts'
import { addMetrics } from './metrics.ts'
import { addModels } from './models.ts'
import { addNow } from './now.ts'
import type { HttpParts } from './parts.ts'
import { apiPath, isOpenToEveryHost, isServerPath } from './paths.ts'
import { addObjectives } from './objectives.ts'
import { addOutages } from './outages.ts'
import { addPhases } from './phases.ts'
import { addPoints } from './points.ts'
import { addPrices } from './prices.ts'
import { refuse } from './problem-details.ts'
import { problem } from './problem.ts'
import { addProxyTraffic } from './proxy-traffic.ts'
import { addPrompts } from './prompts.ts'
import { addProviders } from './providers.ts'
import { addProxyTokens } from './proxy-tokens.ts'
import { addReference } from './reference.ts'
import { addResults } from './results.ts'
import { addRetention } from './retention.ts'
import { addRuns } from './runs.ts'
import { securityHeaders } from './security-headers.ts'
import { addSeries } from './series.ts'
import { addSession } from './session.ts'
import { createStatus, isStatusHost } from './status.ts'
import { addStatusNotes } from './status-notes.ts'
import { addSweeps } from './sweeps.ts'
import { addSyncs } from './syncs.ts'
import { addTargets } from './targets.ts'
import { addUptime } from './uptime.ts'

/** The resources of /api/v1, in the order of the reference. */
const resources: readonly ((api: Api, parts: HttpParts) => void)[] = [
  addHealth,
  addNow,
  addProviders,
  addOfficialStatuses,
  addModels,
  addTargets,
  addRuns,
  addResults,
  addSweeps,
  addExport,
  addSeries,
  addDistribution,
  addPhases,
  addPoints,
  addOutages,
  addLeaderboard,
  addUptime,
  addObjectives,
  addErrors,
  addProxyTraffic,
  addDigests,
  addIncidents,
  addChannels,
  addMaintenance,
  addCosts,
  addBudget,
  addPrices,
  addCompare,
  addGaps,
  addSyncs,
  addPrompts,
  addHistory,
  addCalibrations,
  addRetention,
  addFleet,
  addDoctor,
  addBenchmarks,
  addEvents,
  addLiveText,
  addProxyTokens,
  addChatEndpoint,
  addChat,
  addSession,
  addMetrics,
]

/** The version of the API, as its path has it. */
export const version = '1'

/** The whole HTTP application, for Web `Request`s from any server; its `routes` are those of /api/v1. */
export function createHttp(parts: HttpParts): Api {
  const { app, access } = parts
  const api = createApi({ app, access })
  const { hono } = api
  const status = createStatus(parts)
  const settings = app.web.status
  hono.use('*', (context, next) => next().then(() => addHeaders(context)))
  hono.use('*', (context, next) => {
    const isOpen =
      isOpenToEveryHost(context.req.path) || (settings !== null && isStatusHost(context, settings))
    const refused = isOpen ? null : refuseHost(context, access)
    return refused === null ? next() : Promise.resolve(refused)
  })
  status.add(hono)
  // On Vercel the edge compresses.
  if (parts.hosting === 'server') hono.use('*', compress())
  if (access.corsOrigins.length > 0) hono.use(`${apiPath}/*`, readsFrom(access.corsOrigins))
  hono.route('/', createCron(parts))
  for (const add of resources) add(api, parts)
  addStatusNotes(api, parts, status.changed)
  let document: string | null = null
  api.add(
    {
      method: 'get',
      path: '/openapi.json',
      access: 'public',
      tag: 'about',
      summary: 'This description, OpenAPI 3.1',
      answer: openapi,
    },
    () => {
      document ??= JSON.stringify(describe(api, version))
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache' }
      return new Response(document, { headers })
    },
  )
  addReference(hono)
  refuseOtherMethods(api)
  hono.notFound(({ req }) => notFound(req.path))
  return api
}

/** Adds the security headers; one that the answer has already stays. */
function addHeaders(context: Context): void {
  for (const [name, value] of Object.entries(securityHeaders))
    if (!context.res.headers.has(name)) context.res.headers.set(name, value)
}

/** Lets pages of these origins read, without cookies. What changes something answers no page elsewhere. */
function readsFrom(origins: readonly string[]) {
  const allow = cors({
    origin: [...origins],
    allowMethods: ['GET', 'HEAD'],
    allowHeaders: ['authorization', 'if-none-match', 'last-event-id'],
    exposeHeaders: ['etag', 'retry-after'],
    maxAge: 600,
  })
  return (context: Context, next: Next) =>
    ['GET', 'HEAD', 'OPTIONS'].includes(context.req.method) ? allow(context, next) : next()
}

/** Answers methods that a path does not take. */
function refuseOtherMethods({ hono, routes }: Api): void {
  for (const [path, known] of Map.groupBy(routes, (each) => each.path)) {
    const methods = known.map(({ method }) => method.toUpperCase())
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ')
    hono.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), () =>
      refuse('method_not_allowed', `this path takes ${allow}`, { headers: { allow } }),
    )
  }
}

function notFound(path: string): Response {
  const detail = `there is nothing at ${path}`
  if (path === apiPath || path.startsWith(`${apiPath}/`)) return refuse('not_found', detail)
  if (isServerPath(path)) return problem(404, 'not_found', detail)
  return new Response('not found\n', {
    status: 404,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  })
}
