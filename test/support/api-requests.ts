import { uuid } from './history-calls.ts'

/** A request to the API on the sample history. */
export interface ApiRequest {
  /** `{job}` stands for the last run on demand, `{saved}` for the id that was made last. */
  path: string
  body?: unknown
}

const run = uuid(2)
const result = uuid(250)
const [down, slow] = [uuid(20_000), uuid(20_001)]
const chosen = { provider_id: 'openai', model: 'gpt-4o-mini', prompt: 'short' }
const compared = {
  providers: [
    { provider_id: 'openai', model: 'gpt-4o-mini' },
    { provider_id: 'openai', model: 'gpt-5.4-nano' },
  ],
  num_runs: 3,
}
const swept = { ...chosen, max_tokens: 50, concurrency: [1, 4], total: 40, slo: { ttft_ms: 500 } }
const model = 'provider=openai&model=gpt-4o-mini'

/**
 * Requests to every endpoint, in this order. The first of each is the example of docs/api.md; together they fill every list, so
 * that what a row is described as is checked.
 */
export const apiRequests: Readonly<Record<string, readonly ApiRequest[]>> = {
  'GET /api/v1/health': [{ path: '/api/v1/health' }],
  'GET /api/v1/now': [{ path: '/api/v1/now?region=iad1' }, { path: '/api/v1/now' }],
  'GET /api/v1/providers': [{ path: '/api/v1/providers' }],
  'GET /api/v1/official-statuses': [{ path: '/api/v1/official-statuses' }],
  'GET /api/v1/models': [{ path: '/api/v1/models?provider=openai' }, { path: '/api/v1/models' }],
  'GET /api/v1/targets': [{ path: '/api/v1/targets' }],
  'GET /api/v1/runs': [
    { path: '/api/v1/runs?provider=groq&status=finished&limit=2' },
    { path: '/api/v1/runs?mode=single&trigger=manual&since=2026-11-26&until=2026-11-27T00:00:00Z' },
    { path: '/api/v1/runs?limit=200' },
    { path: '/api/v1/runs?q=groq%20finished' },
  ],
  'GET /api/v1/runs/{id}': [{ path: `/api/v1/runs/${run}` }, { path: `/api/v1/runs/${run}?text=1&limit=2` }],
  'GET /api/v1/results': [
    { path: `/api/v1/results?run_id=${run}&limit=2` },
    { path: `/api/v1/results?run_id=${run}&text=true` },
    { path: '/api/v1/results?success=false&error_kind=overloaded' },
  ],
  'GET /api/v1/results/{id}': [
    { path: `/api/v1/results/${result}?timeline=1` },
    { path: `/api/v1/results/${result}?text=1` },
  ],
  'GET /api/v1/export': [{ path: `/api/v1/export?run_id=${run}` }],
  'GET /api/v1/series': [
    { path: `/api/v1/series?${model}&since=2026-11-26T10:00:00Z&width=100` },
    { path: `/api/v1/series?${model}&since=2026-10-01&metric=latency` },
  ],
  'GET /api/v1/distribution': [{ path: `/api/v1/distribution?${model}&since=2026-11-25&metric=latency` }],
  'GET /api/v1/phases': [{ path: `/api/v1/phases?${model}&since=2026-11-25` }],
  'GET /api/v1/points': [{ path: `/api/v1/points?${model}&since=2026-11-26T11:30:00Z` }],
  'GET /api/v1/outages': [
    { path: '/api/v1/outages?provider=together&model=openai/gpt-oss-20b&since=2026-07-30' },
  ],
  'GET /api/v1/leaderboard': [
    { path: '/api/v1/leaderboard?period=7d&metric=ttft' },
    { path: '/api/v1/leaderboard?period=30d' },
  ],
  'GET /api/v1/uptime': [{ path: '/api/v1/uptime?days=7&region=iad1' }, { path: '/api/v1/uptime' }],
  'GET /api/v1/objectives': [{ path: `/api/v1/objectives?${model}` }, { path: '/api/v1/objectives' }],
  'GET /api/v1/errors': [
    { path: '/api/v1/errors?by=provider,kind' },
    { path: '/api/v1/errors?by=day,domain,model,region' },
  ],
  'GET /api/v1/proxy/requests': [
    { path: '/api/v1/proxy/requests?success=false' },
    { path: `/api/v1/proxy/requests?${model}&client=batch&stream=false&limit=2` },
  ],
  'GET /api/v1/proxy/requests/{id}/text': [
    { path: '/api/v1/proxy/requests/30000000-0000-7000-8000-000000000000/text' },
  ],
  'GET /api/v1/proxy/traffic': [
    { path: '/api/v1/proxy/traffic?provider=groq&by=client,input_size' },
    { path: '/api/v1/proxy/traffic?by=client,host,input_size,stream,reasoning' },
  ],
  'GET /api/v1/compare/traffic': [{ path: `/api/v1/compare/traffic?${model}` }],
  'GET /api/v1/digests/{week}': [{ path: '/api/v1/digests/2026-W47' }],
  'GET /api/v1/costs': [
    { path: '/api/v1/costs?by=provider&since=2026-11-01' },
    { path: '/api/v1/costs?by=month,model' },
  ],
  'GET /api/v1/costs/projection': [{ path: '/api/v1/costs/projection' }],
  'GET /api/v1/budget': [{ path: '/api/v1/budget' }],
  'GET /api/v1/prices': [{ path: '/api/v1/prices?provider=openai' }],
  'GET /api/v1/prices/history': [{ path: `/api/v1/prices/history?${model}` }],
  'GET /api/v1/prices/changes': [{ path: '/api/v1/prices/changes' }],
  'GET /api/v1/compare/runs': [{ path: `/api/v1/compare/runs?before=${uuid(1)}&after=${run}` }],
  'GET /api/v1/compare/models': [{ path: '/api/v1/compare/models?model=gpt-oss-20b&period=30d' }],
  'GET /api/v1/gaps': [{ path: '/api/v1/gaps?since=2026-10-20&limit=2' }],
  'GET /api/v1/syncs': [{ path: '/api/v1/syncs?provider=openai' }, { path: '/api/v1/syncs' }],
  'GET /api/v1/calibrations': [{ path: '/api/v1/calibrations' }],
  'GET /api/v1/retention': [{ path: '/api/v1/retention' }],
  'GET /api/v1/fleet': [{ path: '/api/v1/fleet?region=iad1' }, { path: '/api/v1/fleet' }],
  'PUT /api/v1/fleet/lanes/{provider}': [{ path: '/api/v1/fleet/lanes/groq', body: { lanes: 8 } }],
  'GET /api/v1/doctor': [{ path: '/api/v1/doctor' }],
  'POST /api/v1/doctor/keys': [{ path: '/api/v1/doctor/keys' }],
  'GET /api/v1/history': [
    { path: '/api/v1/history?provider_id=groq&limit=1' },
    { path: '/api/v1/history?mode=single&text=1&offset=0' },
  ],
  'GET /api/v1/history/{id}': [{ path: `/api/v1/history/${run}` }, { path: `/api/v1/history/${run}?text=1` }],
  'GET /api/v1/session': [{ path: '/api/v1/session' }],
  'GET /api/v1/openapi.json': [{ path: '/api/v1/openapi.json' }],
  'GET /metrics': [{ path: '/metrics' }],

  // ---- changes, which come last
  'POST /api/v1/benchmarks/single/estimate': [{ path: '/api/v1/benchmarks/single/estimate', body: chosen }],
  'POST /api/v1/benchmarks/single': [{ path: '/api/v1/benchmarks/single', body: chosen }],
  'POST /api/v1/benchmarks/multi/estimate': [
    { path: '/api/v1/benchmarks/multi/estimate', body: { ...chosen, num_runs: 5, context_tiers: [0, 5000] } },
  ],
  'POST /api/v1/benchmarks/multi': [
    { path: '/api/v1/benchmarks/multi', body: { ...chosen, num_runs: 5, max_tokens: 100 } },
  ],
  'POST /api/v1/benchmarks/concurrent/estimate': [
    { path: '/api/v1/benchmarks/concurrent/estimate', body: { ...chosen, num_runs: 10 } },
  ],
  'POST /api/v1/benchmarks/comparison/estimate': [
    { path: '/api/v1/benchmarks/comparison/estimate', body: compared },
  ],
  'POST /api/v1/benchmarks/comparison': [{ path: '/api/v1/benchmarks/comparison', body: compared }],
  'POST /api/v1/benchmarks/concurrent': [
    { path: '/api/v1/benchmarks/concurrent', body: { ...chosen, num_runs: 10, concurrency: 5 } },
  ],
  'POST /api/v1/benchmarks/sweep/estimate': [{ path: '/api/v1/benchmarks/sweep/estimate', body: swept }],
  'POST /api/v1/benchmarks/sweep': [{ path: '/api/v1/benchmarks/sweep', body: swept }],
  'GET /api/v1/sweeps': [
    { path: '/api/v1/sweeps' },
    { path: '/api/v1/sweeps?status=queued&provider=openai' },
  ],
  'GET /api/v1/sweeps/compare': [
    { path: '/api/v1/sweeps/compare?a={job}&b={job}' },
    { path: '/api/v1/sweeps/compare?a={job}&b={job}&fail_over=goodput=5%25&slo=ttft=1s' },
  ],
  'GET /api/v1/sweeps/{id}': [
    { path: '/api/v1/sweeps/{job}' },
    { path: '/api/v1/sweeps/{job}?slo=ttft=500ms,latency=10s' },
  ],
  'GET /api/v1/sweeps/{id}/report': [{ path: '/api/v1/sweeps/{job}/report' }],
  'GET /api/v1/benchmarks': [{ path: '/api/v1/benchmarks' }],
  'GET /api/v1/benchmarks/{id}': [{ path: '/api/v1/benchmarks/{job}' }],
  'GET /api/v1/benchmarks/{id}/text': [{ path: '/api/v1/benchmarks/{job}/text' }],
  'POST /api/v1/benchmarks/{id}/cancel': [{ path: '/api/v1/benchmarks/{job}/cancel' }],
  'GET /api/v1/benchmarks/{id}/events': [{ path: '/api/v1/benchmarks/{job}/events' }],
  'GET /api/v1/events': [{ path: '/api/v1/events?jobs={job}&names=jobs&after=0-0' }],
  // Over a socket of its own.
  'GET /api/v1/ws': [],
  'PUT /api/v1/chat/endpoint': [
    {
      path: '/api/v1/chat/endpoint',
      body: { base_url: 'https://llm.example.com/v1', model: 'my-model', key: 'sk-a-key-of-mine' },
    },
  ],
  'GET /api/v1/chat/endpoint': [{ path: '/api/v1/chat/endpoint' }],
  'DELETE /api/v1/chat/endpoint': [{ path: '/api/v1/chat/endpoint' }],
  // From socket to socket.
  'POST /api/v1/chat': [],
  'GET /api/v1/chat/{id}': [],
  'POST /api/v1/prompts': [
    {
      path: '/api/v1/prompts',
      body: { name: 'tides', category: 'qa', text: 'Why are there two tides a day?' },
    },
  ],
  'GET /api/v1/prompts': [
    { path: '/api/v1/prompts?category=qa' },
    { path: '/api/v1/prompts?source=own&text=1' },
  ],
  'DELETE /api/v1/prompts/{name}': [{ path: '/api/v1/prompts/tides' }],
  'POST /api/v1/proxy/tokens': [
    {
      path: '/api/v1/proxy/tokens',
      body: { name: 'billing', requests_per_day: 2000, usd_per_day: 1.5 },
    },
    { path: '/api/v1/proxy/tokens', body: { name: 'notebooks' } },
  ],
  'GET /api/v1/proxy/tokens': [{ path: '/api/v1/proxy/tokens' }],
  'PATCH /api/v1/proxy/tokens/{id}': [
    { path: '/api/v1/proxy/tokens/{saved}', body: { requests_per_day: 500, usd_per_day: null } },
  ],
  'DELETE /api/v1/proxy/tokens/{id}': [{ path: '/api/v1/proxy/tokens/{saved}' }],
  'GET /api/v1/incidents': [
    { path: '/api/v1/incidents?kind=slow&open=false' },
    { path: '/api/v1/incidents?open=true&provider=together&severity=critical&limit=1' },
    { path: '/api/v1/incidents' },
  ],
  'GET /api/v1/incidents/{id}': [
    { path: `/api/v1/incidents/${slow}` },
    { path: `/api/v1/incidents/${down}` },
  ],
  'POST /api/v1/incidents/{id}/acknowledge': [
    { path: `/api/v1/incidents/${down}/acknowledge`, body: { by: 'ann', note: 'asking Together' } },
  ],
  'POST /api/v1/incidents/{id}/notes': [
    { path: `/api/v1/incidents/${down}/notes`, body: { by: 'ann', note: 'They know.' } },
  ],
  'POST /api/v1/incidents/{id}/resolve': [{ path: `/api/v1/incidents/${down}/resolve`, body: { by: 'ann' } }],
  'POST /api/v1/channels': [
    {
      path: '/api/v1/channels',
      body: {
        name: 'night-shift',
        kind: 'slack',
        min_severity: 'major',
        secrets: { url: 'ALERT_SECRET_NIGHT' },
      },
    },
  ],
  'GET /api/v1/channels': [{ path: '/api/v1/channels' }],
  'GET /api/v1/channels/kinds': [{ path: '/api/v1/channels/kinds' }],
  'PATCH /api/v1/channels/{name}': [
    { path: '/api/v1/channels/night-shift', body: { enabled: true, weekly: true } },
  ],
  // Its variable is not set here, so it waits.
  'POST /api/v1/channels/{name}/test': [{ path: '/api/v1/channels/night-shift/test' }],
  'GET /api/v1/deliveries': [{ path: '/api/v1/deliveries?channel=night-shift&state=pending' }],
  'DELETE /api/v1/channels/{name}': [{ path: '/api/v1/channels/night-shift' }],
  'POST /api/v1/maintenance': [
    {
      path: '/api/v1/maintenance',
      body: {
        name: 'Sunday backups',
        scope: 'provider/openai',
        cron: '0 2 * * 0',
        duration_minutes: 90,
        time_zone: 'Europe/Berlin',
      },
    },
  ],
  'GET /api/v1/maintenance': [{ path: '/api/v1/maintenance' }],
  'PUT /api/v1/maintenance/{id}': [
    {
      path: '/api/v1/maintenance/{saved}',
      body: {
        name: 'Sunday backups',
        scope: 'provider/openai',
        cron: '0 3 * * 0',
        duration_minutes: 60,
        time_zone: 'Europe/Berlin',
      },
    },
  ],
  'DELETE /api/v1/maintenance/{id}': [{ path: '/api/v1/maintenance/{saved}' }],
  'POST /api/v1/status-notes': [
    {
      path: '/api/v1/status-notes',
      body: { title: 'Slow since the move', state: 'investigating', body: 'We look at it.', by: 'Ada' },
    },
  ],
  'GET /api/v1/status-notes': [{ path: '/api/v1/status-notes' }],
  'DELETE /api/v1/status-notes/{id}': [{ path: '/api/v1/status-notes/{saved}' }],
  'PUT /api/v1/status-components': [
    { path: '/api/v1/status-components', body: { key: 'together', name: 'Together', position: 1 } },
  ],
  'GET /api/v1/status-components': [{ path: '/api/v1/status-components' }],
  'POST /api/v1/targets': [
    { path: '/api/v1/targets', body: { provider: 'groq', model: 'openai/gpt-oss-120b' } },
    {
      path: '/api/v1/targets',
      body: { provider: 'groq', model: 'a/b', parameters: { reasoning: 'default', pin: 'x', max_tokens: 9 } },
    },
  ],
  'PATCH /api/v1/targets': [
    { path: '/api/v1/targets', body: { provider: 'groq', model: 'openai/gpt-oss-120b', active: false } },
    {
      path: '/api/v1/targets',
      body: { provider: 'groq', model: 'openai/gpt-oss-120b', limits: { ttft_ms: 800, latency_ms: null } },
    },
    {
      path: '/api/v1/targets',
      body: { provider: 'groq', model: 'openai/gpt-oss-120b', slo: { availability: 0.99, days: 7 } },
    },
  ],
  'PUT /api/v1/prices': [
    {
      path: '/api/v1/prices',
      body: { provider: 'groq', model: 'openai/gpt-oss-20b', price: { input_per_m: 0.1, output_per_m: 0.5 } },
    },
  ],
  'POST /api/v1/syncs': [{ path: '/api/v1/syncs', body: { providers: ['openai'] } }],
  'DELETE /api/v1/runs/{id}': [{ path: `/api/v1/runs/${uuid(4)}` }],
  'DELETE /api/v1/history/{id}': [{ path: `/api/v1/history/${uuid(3)}` }],
  'POST /api/v1/session': [{ path: '/api/v1/session', body: { token: 'the-token-of-the-admin' } }],
  'DELETE /api/v1/session': [{ path: '/api/v1/session' }],
}
