import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../../src/core/statistics.ts'
import { atMost, type Goal, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import { bodyOf } from '../proxy/answers.ts'
import { forkListener, startOurs } from '../proxy/ways.ts'
import { type Answer, boardExpressions, isInstalled, notInstalled, startPrometheus, until } from './scrape.ts'

// A real Prometheus scrapes the proxy for five minutes of light load: do the queries of docs/proxy-metrics.md give what was sent?

/** Four requests a second: each of so many tokens, and every eighth for a model that does not exist. */
const everyMs = 250
const tokens = 10
const load = { frames: tokens, delayMs: 10 }
const wrongEvery = 8

/** What a client saw of a request. */
interface Seen {
  at: number
  status: number
  bytes: number
  tokens: number
  /** From before sending it to the first token, and to the end, in ms. */
  firstMs: number
  allMs: number
}

const hasToken = /"content": ?"[^"]/

async function send(port: number, seed: number): Promise<Seen> {
  const isWrong = seed % wrongEvery === wrongEvery - 1
  const body = isWrong
    ? JSON.stringify({ model: 'no-such-model', messages: [{ role: 'user', content: 'Count.' }] })
    : bodyOf(load, seed)
  const at = performance.now()
  const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  let bytes = 0
  let text = ''
  let firstMs = NaN
  for await (const piece of response.body ?? []) {
    bytes += (piece as Uint8Array).length
    text += Buffer.from(piece as Uint8Array).toString('latin1')
    if (Number.isNaN(firstMs) && hasToken.test(text)) firstMs = performance.now() - at
  }
  const { status } = response
  return { at, status, bytes, tokens: status === 200 ? tokens : 0, firstMs, allMs: performance.now() - at }
}

/** Sends requests at even times until so many ms are over; all that was seen. */
async function sendFor(port: number, ms: number): Promise<Seen[]> {
  const all: Promise<Seen>[] = []
  const from = performance.now()
  for (let n = 0; n * everyMs < ms; n += 1) {
    await sleep(Math.max(1, from + n * everyMs - performance.now()))
    all.push(send(port, n))
  }
  return Promise.all(all)
}

const valueOf = ({ data: { result } }: Answer, labels: Record<string, string> = {}): number =>
  Number(
    result?.find(({ metric }) => Object.entries(labels).every(([name, value]) => metric[name] === value))
      ?.value[1] ?? NaN,
  )

/** What the queries must give, by what was sent in the last so many seconds. */
function expected(seen: readonly Seen[], windowS: number) {
  const since = performance.now() - windowS * 1000
  const counted = seen.filter(({ at, allMs }) => at + allMs >= since)
  const good = counted.filter(({ status }) => status === 200)
  const rate = (of: (each: Seen) => number) => counted.reduce((sum, each) => sum + of(each), 0) / windowS
  return {
    good: rate(({ status }) => Number(status === 200)),
    wrong: rate(({ status }) => Number(status === 404)),
    tokens: rate((each) => each.tokens),
    bytes: rate(({ bytes }) => bytes),
    firstMs:
      percentile(
        good.map(({ firstMs }) => firstMs),
        0.5,
      ) ?? NaN,
    allMs:
      percentile(
        counted.map(({ allMs }) => allMs),
        0.5,
      ) ?? NaN,
  }
}

/** Of a rate a scrape more or less; of a quantile half a bucket, and what a client sees more than the proxy. */
const [rateOff, quantileOff] = [0.05, 0.3]

/** The metrics of a proxy. */
export const proxyPart: Part = async ({ cwd, short, say }) => {
  if (!isInstalled()) return notInstalled
  const windowS = short ? 40 : 300
  const scrapeS = short ? 2 : 5
  const upstream = await forkListener('./upstream-process.ts', 'upstream')
  const ours = await startOurs(`http://127.0.0.1:${upstream.port}`, cwd)
  const { ask, query, close } = await startPrometheus(cwd, {
    global: { scrape_interval: `${scrapeS}s` },
    scrape_configs: [{ job_name: 'proxy', static_configs: [{ targets: [`127.0.0.1:${ours.port}`] }] }],
  })
  try {
    const { data } = await until(
      () => ask('targets'),
      ({ data: { activeTargets } }) => activeTargets?.[0]?.health === 'up',
    )
    say(`scraped every ${scrapeS} s; ${windowS} s of load begin`)
    const seen = await sendFor(ours.port, (windowS + 4 * scrapeS) * 1000)
    const sent = expected(seen, windowS)
    const of = async (expr: string, labels?: Record<string, string>) =>
      valueOf(await query(expr.replaceAll('5m', `${windowS}s`)), labels)
    const byStatus = 'sum(rate(chat_requests_total[5m])) by (status)'
    const quantile = (p: number, name: string) =>
      `histogram_quantile(${p}, sum(rate(${name}_bucket[5m])) by (le))`
    const rows = [
      ['requests/s with 200', byStatus, await of(byStatus, { status: '200' }), sent.good, rateOff],
      ['requests/s with 404', byStatus, await of(byStatus, { status: '404' }), sent.wrong, rateOff],
      ...(await Promise.all(
        (
          [
            ['TTFT p50, ms', quantile(0.5, 'chat_ttft_ms'), sent.firstMs, quantileOff],
            ['duration p50, ms', quantile(0.5, 'chat_duration_ms'), sent.allMs, quantileOff],
            ['tokens/s', 'sum(rate(chat_tokens_total[5m]))', sent.tokens, rateOff],
            ['bytes/s', 'sum(rate(chat_bytes_out_total[5m]))', sent.bytes, rateOff],
          ] as const
        ).map(async ([name, expr, is, off]) => [name, expr, await of(expr), is, off] as const),
      )),
    ] as const
    const answers = await Promise.all(boardExpressions('proxy').map(query))
    const failing = answers.filter(({ status }) => status !== 'success').length
    const inFlight = valueOf(
      await until(
        () => query('sum(chat_in_flight)'),
        (answer) => valueOf(answer) === 0,
      ),
    )
    const p95 = await of(quantile(0.95, 'chat_ttft_ms'))
    return {
      figures: [
        ...rows.map(([name, expr, said, is]) => ({
          what: name,
          query: expr,
          Prometheus: round(said),
          clients: round(is),
        })),
        { what: 'TTFT p95, ms', query: quantile(0.95, 'chat_ttft_ms'), Prometheus: round(p95) },
        { what: 'in flight', query: 'sum(chat_in_flight)', Prometheus: inFlight, clients: 0 },
      ],
      goals: [
        upGoal(data.activeTargets?.[0]?.lastError ?? 'no target'),
        ...rows.map(([name, , said, is, off]) =>
          atMost(`share by which ${name} differs from what clients saw`, off, Math.abs(said - is) / is),
        ),
        atMost('requests in flight when all have ended', 0, inFlight),
        atMost('expressions of the board that fail', 0, failing),
      ],
    }
  } finally {
    await Promise.all([close(), ours.close(), upstream.close()])
  }
}

const upGoal = (lastError: string): Goal => ({
  name: 'the last scrape',
  limit: 'up',
  measured: lastError === '' ? 'up' : lastError,
  holds: lastError === '',
})
