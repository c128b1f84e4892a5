import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { metricsPath } from '../../src/http/paths.ts'
import { answerApi } from '../../src/serverless-api.ts'
import { answer } from '../../src/serverless.ts'
import { startSynthetic } from '../../src/synthetic/server.ts'
import type { Goal } from '../goals.ts'
import type { Part } from '../parts.ts'
import { boardExpressions, isInstalled, notInstalled, startPrometheus, until } from './scrape.ts'

// A real Prometheus scrapes the real endpoint over an embedded database, after a run:
// does it take every time series, every alert rule and every expression of the board?

const goal = (name: string, limit: string | number, measured: string | number): Goal => ({
  name,
  limit: `${limit}`,
  measured,
  holds: `${limit}` === `${measured}`,
})

async function forward(from: Response | Promise<Response>, to: ServerResponse): Promise<void> {
  const answered = await from
  to.writeHead(answered.status, Object.fromEntries(answered.headers))
  to.end(await answered.text())
}

/** The real function on loopback, open to readers, and what was accepted by whoever scraped it. */
async function serve(dir: string, providerUrl: string) {
  const secret = 'a secret of this bench'
  const env = {
    DATA_DIR: join(dir, 'data'),
    LOG_DIR: join(dir, 'logs'),
    CRON_SECRET: secret,
    PUBLIC_READS: '1',
    LLM_BASE_URL: providerUrl,
    LLM_MODEL: 'synthetic-1',
  }
  const accepted: string[] = []
  const server = createServer(({ url = '/', headers: { accept = '' } }, response) => {
    accepted.push(accept)
    const request = new Request(new URL(url, 'http://127.0.0.1'), { headers: { accept } })
    void forward(answerApi(request, env), response)
  })
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const headers = { authorization: `Bearer ${secret}` }
  const run = await answer(new Request('http://127.0.0.1/api/cron/benchmark', { headers }), env)
  if (run.status !== 200) throw new Error(await run.text())
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, accepted, server }
}

/** The goals of a run that is recorded, and then scraped. */
async function measure(dir: string, providerUrl: string): Promise<Goal[]> {
  const { host, accepted, server } = await serve(dir, providerUrl)
  const { ask, query, close } = await startPrometheus(dir, {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [resolve('docs/grafana/alerts.yaml')],
    scrape_configs: [
      { job_name: 'firsttoken', metrics_path: metricsPath, static_configs: [{ targets: [host] }] },
    ],
  })
  try {
    const { data } = await until(
      () => ask('targets'),
      ({ data: { activeTargets } }) => activeTargets?.[0]?.health === 'up',
    )
    const rules = await until(
      () => ask('rules'),
      ({ data: { groups } }) =>
        groups?.length === 2 &&
        groups.every(({ rules: all }) => all.every(({ health }) => health !== 'unknown')),
    )
    const text = await (await fetch(`http://${host}${metricsPath}`)).text()
    const shown = text.split('\n').filter((line) => line.startsWith('firsttoken'))
    // A scrape that takes too long on a busy machine leaves none until the next one.
    const taken = (expr: string) =>
      until(
        () => query(expr),
        ({ data: { result } }) => (result?.length ?? 0) > 0,
      )
    const stored = await taken('count({__name__=~"firsttoken_.+"})')
    const ttft = await taken('firsttoken_probe_ttft_seconds')
    const answers = await Promise.all(boardExpressions('dashboard').map(query))
    const wrong = rules.data.groups?.flatMap((group) => group.rules.filter(({ health }) => health !== 'ok'))
    return [
      goal('the scrape', 'up', data.activeTargets?.[0]?.lastError || (data.activeTargets?.[0]?.health ?? '')),
      goal('asks for OpenMetrics', 'yes', accepted[0]?.includes('openmetrics') ? 'yes' : 'no'),
      goal('time series taken', shown.length, stored.data.result?.[0]?.value[1] ?? 0),
      goal(
        'TTFT taken',
        shown
          .find((line) => line.startsWith('firsttoken_probe_ttft_seconds'))
          ?.split(' ')
          .at(-1) ?? 'shown',
        ttft.data.result?.[0]?.value[1] ?? 'none',
      ),
      goal('alert rules that cannot be evaluated', 0, wrong?.length ?? 'none loaded'),
      goal(
        'expressions of the board that fail',
        0,
        answers.filter(({ status }) => status !== 'success').length,
      ),
    ]
  } finally {
    await close()
    server.closeAllConnections()
    server.close()
  }
}

/** The metrics of a server. */
export const serverPart: Part = async ({ cwd }) => {
  if (!isInstalled()) return notInstalled
  const provider = await startSynthetic({ options: { ttftMs: 20, frames: 5, delayMs: 2 } })
  try {
    return { figures: [], goals: await measure(cwd, provider.url) }
  } finally {
    await provider.close()
  }
}
