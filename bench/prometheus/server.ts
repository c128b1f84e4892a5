import { freePort } from './free-port.ts'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { metricsPath } from '../src/http/paths.ts'
import { answerApi } from '../src/serverless-api.ts'
import { answer } from '../src/serverless.ts'
import { startSynthetic } from '../src/synthetic/server.ts'
import { type Goal, printBench } from './goals.ts'

// A real Prometheus (Debian's package `prometheus`) scrapes the real endpoint over an embedded database, after a run:
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

interface Answer {
  status: string
  data: {
    activeTargets?: { health: string; lastError: string }[]
    groups?: { rules: { name: string; health: string; lastError?: string }[] }[]
    result?: { metric: Record<string, string>; value: [number, string] }[]
  }
}

/** Asks until an answer fits, for at most half a minute. */
async function until(ask: () => Promise<Answer>, fits: (answer: Answer) => boolean): Promise<Answer> {
  for (let tries = 0; ; tries += 1) {
    const answered = await ask().catch(() => null)
    if (answered !== null && (fits(answered) || tries > 120)) return answered
    if (tries > 120) throw new Error('Prometheus does not answer')
    await sleep(250)
  }
}

/** The expressions of the board, with everything chosen. */
function boardExpressions(): string[] {
  const { panels } = JSON.parse(readFileSync('docs/grafana/dashboard.json', 'utf8')) as {
    panels: { targets: { expr: string }[] }[]
  }
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll(/\$\w+/g, '.*')))
}

async function measure(dir: string, providerUrl: string): Promise<Goal[]> {
  const { host, accepted, server } = await serve(dir, providerUrl)
  const config = join(dir, 'prometheus.yml')
  const settings = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [resolve('docs/grafana/alerts.yaml')],
    scrape_configs: [
      { job_name: 'firsttoken', metrics_path: metricsPath, static_configs: [{ targets: [host] }] },
    ],
  }
  writeFileSync(config, JSON.stringify(settings))
  const address = `127.0.0.1:${await freePort()}`
  const flags = [`--config.file=${config}`, `--storage.tsdb.path=${join(dir, 'tsdb')}`]
  const prometheus = spawn('prometheus', [...flags, `--web.listen-address=${address}`], { stdio: 'ignore' })
  const ask = async (path: string) =>
    (await (await fetch(`http://${address}/api/v1/${path}`)).json()) as Answer
  const query = (expr: string) => ask(`query?query=${encodeURIComponent(expr)}`)
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
    const answers = await Promise.all(boardExpressions().map(query))
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
    prometheus.kill()
    server.closeAllConnections()
    server.close()
  }
}

if (spawnSync('prometheus', ['--version']).error !== undefined)
  process.stdout.write('prometheus: SKIPPED, because it is not installed (apt-get install prometheus)\n')
else {
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-prometheus-'))
  const provider = await startSynthetic({ options: { ttftMs: 20, frames: 5, delayMs: 2 } })
  try {
    printBench({ name: 'a real Prometheus', figures: [], goals: await measure(dir, provider.url) })
  } finally {
    await provider.close()
    rmSync(dir, { recursive: true, force: true })
  }
}
