import type { z } from 'zod'
import { fleet } from '../core/fleet.ts'
import type { TextNews } from '../run/live-run.ts'
import type { EventRow } from '../store/event-codec.ts'
import { objectiveList } from '../store/objective-codec.ts'
import * as reads from '../store/read-codec.ts'
import * as charts from '../store/chart-codec.ts'
import { sendingRow } from '../store/incident-codec.ts'
import * as status from '../store/status-codec.ts'
import { sweepPage } from '../store/sweep-codec.ts'
import * as proxy from '../store/proxy-codec.ts'
import { proxyTokenRow } from '../store/proxy-token-codec.ts'
import * as statistics from '../store/statistics-codec.ts'
import { openapi } from './api.ts'
import { spending } from './budget.ts'
import { chatEndpoint } from './chat-endpoint.ts'
import { measuredChat } from './chat-measured.ts'
import { changedChannel, channelKindList, channels, deliveries } from './channels.ts'
import { digest } from './digests.ts'
import { examination } from './doctor.ts'
import { providerLanes } from './fleet.ts'
import { deletedSuite, suiteInDetail, suites } from './history.ts'
import { toldIncident, toldIncidentInFull, toldIncidents } from './incidents.ts'
import { health } from './installation-health.ts'
import { estimated, jobList, jobRow, startedJob } from './job-row.ts'
import type { TextState } from './live-text.ts'
import { maintenance, savedWindow } from './maintenance.ts'
import { modelPage } from './models.ts'
import { ownPrice, priceList } from './prices.ts'
import { officialStatuses } from './official-statuses.ts'
import { namedPrompts } from './prompts.ts'
import { providerPage } from './providers.ts'
import { newProxyToken, proxyTokens } from './proxy-tokens.ts'
import type { Progress } from './progress.ts'
import { retained } from './retention.ts'
import { resultInDetail, resultPage } from './results.ts'
import { savedStatusNote, shownComponents } from './status-notes.ts'
import { sweepComparison } from './sweep-comparison.ts'
import { sweepInDetail } from './sweep-row.ts'
import { session } from './session.ts'
import { syncPage, syncReport } from './syncs.ts'
import { changedTargets, targetList } from './targets.ts'

/** The JSON that each endpoint answers; null if it answers something else, or nothing. */
export const answers = {
  'GET /api/v1/health': health,
  'GET /api/v1/now': reads.present,
  'GET /api/v1/providers': providerPage,
  'GET /api/v1/official-statuses': officialStatuses,
  'GET /api/v1/models': modelPage,
  'GET /api/v1/targets': targetList,
  'POST /api/v1/targets': changedTargets,
  'PATCH /api/v1/targets': changedTargets,
  'POST /api/v1/benchmarks/single': startedJob,
  'POST /api/v1/benchmarks/single/estimate': estimated,
  'POST /api/v1/benchmarks/multi': startedJob,
  'POST /api/v1/benchmarks/multi/estimate': estimated,
  'POST /api/v1/benchmarks/concurrent': startedJob,
  'POST /api/v1/benchmarks/concurrent/estimate': estimated,
  'POST /api/v1/benchmarks/comparison': startedJob,
  'POST /api/v1/benchmarks/comparison/estimate': estimated,
  'POST /api/v1/benchmarks/sweep': startedJob,
  'POST /api/v1/benchmarks/sweep/estimate': estimated,
  'GET /api/v1/benchmarks': jobList,
  'GET /api/v1/benchmarks/{id}': jobRow,
  'POST /api/v1/benchmarks/{id}/cancel': jobRow,
  'GET /api/v1/benchmarks/{id}/events': null,
  'GET /api/v1/benchmarks/{id}/text': null,
  'GET /api/v1/events': null,
  'GET /api/v1/ws': null,
  'GET /api/v1/runs': reads.runPage,
  'GET /api/v1/runs/{id}': reads.runInFull,
  'DELETE /api/v1/runs/{id}': reads.deletedRun,
  'GET /api/v1/results': resultPage,
  'GET /api/v1/results/{id}': resultInDetail,
  'GET /api/v1/sweeps': sweepPage,
  'GET /api/v1/sweeps/compare': sweepComparison,
  'GET /api/v1/sweeps/{id}': sweepInDetail,
  'GET /api/v1/sweeps/{id}/report': null,
  'GET /api/v1/export': null,
  'GET /api/v1/series': charts.series,
  'GET /api/v1/distribution': charts.distribution,
  'GET /api/v1/phases': charts.phases,
  'GET /api/v1/points': charts.points,
  'GET /api/v1/outages': charts.outages,
  'GET /api/v1/leaderboard': statistics.leaderboardPage,
  'GET /api/v1/uptime': statistics.uptime,
  'GET /api/v1/objectives': objectiveList,
  'GET /api/v1/errors': statistics.errorPage,
  'GET /api/v1/proxy/requests': proxy.proxyRequestPage,
  'GET /api/v1/proxy/requests/{id}/text': proxy.proxyText,
  'GET /api/v1/proxy/traffic': proxy.proxyTraffic,
  'GET /api/v1/digests/{week}': digest,
  'GET /api/v1/incidents': toldIncidents,
  'GET /api/v1/incidents/{id}': toldIncidentInFull,
  'POST /api/v1/incidents/{id}/acknowledge': toldIncident,
  'POST /api/v1/incidents/{id}/notes': toldIncident,
  'POST /api/v1/incidents/{id}/resolve': toldIncident,
  'GET /api/v1/channels': channels,
  'GET /api/v1/channels/kinds': channelKindList,
  'POST /api/v1/channels': changedChannel,
  'PATCH /api/v1/channels/{name}': changedChannel,
  'DELETE /api/v1/channels/{name}': null,
  'POST /api/v1/channels/{name}/test': sendingRow,
  'GET /api/v1/deliveries': deliveries,
  'GET /api/v1/maintenance': maintenance,
  'POST /api/v1/maintenance': savedWindow,
  'PUT /api/v1/maintenance/{id}': savedWindow,
  'DELETE /api/v1/maintenance/{id}': null,
  'GET /api/v1/status-notes': status.statusNotePage,
  'POST /api/v1/status-notes': savedStatusNote,
  'DELETE /api/v1/status-notes/{id}': null,
  'GET /api/v1/status-components': shownComponents,
  'PUT /api/v1/status-components': status.changedComponent,
  'GET /api/v1/costs': statistics.costPage,
  'GET /api/v1/costs/projection': statistics.projection,
  'GET /api/v1/budget': spending,
  'GET /api/v1/prices': priceList,
  'GET /api/v1/prices/history': statistics.priceHistory,
  'GET /api/v1/prices/changes': statistics.priceChangePage,
  'PUT /api/v1/prices': ownPrice,
  'GET /api/v1/compare/runs': statistics.comparison,
  'GET /api/v1/compare/traffic': proxy.trafficComparison,
  'GET /api/v1/compare/models': statistics.modelComparison,
  'GET /api/v1/gaps': statistics.gapPage,
  'GET /api/v1/syncs': syncPage,
  'POST /api/v1/syncs': syncReport,
  'GET /api/v1/prompts': namedPrompts,
  'POST /api/v1/prompts': statistics.savedPrompt,
  'DELETE /api/v1/prompts/{name}': null,
  'GET /api/v1/proxy/tokens': proxyTokens,
  'POST /api/v1/proxy/tokens': newProxyToken,
  'PATCH /api/v1/proxy/tokens/{id}': proxyTokenRow,
  'DELETE /api/v1/proxy/tokens/{id}': null,
  'GET /api/v1/history': suites,
  'GET /api/v1/history/{id}': suiteInDetail,
  'DELETE /api/v1/history/{id}': deletedSuite,
  'GET /api/v1/calibrations': statistics.calibrationList,
  'GET /api/v1/retention': retained,
  'GET /api/v1/fleet': fleet,
  'PUT /api/v1/fleet/lanes/{provider}': providerLanes,
  'GET /api/v1/doctor': examination,
  'POST /api/v1/doctor/keys': examination,
  'GET /api/v1/chat/endpoint': chatEndpoint,
  'PUT /api/v1/chat/endpoint': chatEndpoint,
  'DELETE /api/v1/chat/endpoint': null,
  'POST /api/v1/chat': null,
  'GET /api/v1/chat/{id}': measuredChat,
  'GET /api/v1/session': session,
  'POST /api/v1/session': session,
  'DELETE /api/v1/session': null,
  'GET /metrics': null,
  'GET /api/v1/openapi.json': openapi,
} as const satisfies Readonly<Record<string, z.ZodType | null>>

type Known = typeof answers

/** The same as types, for programs that call the API: `import type` costs them nothing. */
export type Answers = {
  [Endpoint in keyof Known]: Known[Endpoint] extends z.ZodType ? z.output<Known[Endpoint]> : null
}

/** What a stream of texts sends as `text`, and as `text_state`. */
export type LiveText = TextNews
export interface LiveTextState {
  state: TextState
  detail: string
}

/** An event of a run, as the streams of events send it. */
export type LiveEvent = EventRow & { progress: Progress }
