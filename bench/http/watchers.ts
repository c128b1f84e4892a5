import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { percentile } from '../../src/core/statistics.ts'
import { atMost, type Goal, round } from '../goals.ts'
import { adminToken, client, serveApi, type Served } from './client.ts'

const probes = 20
const starts = 15

/** Many watchers of one run on one server with an embedded database: how late they are, and what that costs. */
export async function watch(count: number): Promise<{ figures: Record<string, unknown>[]; goals: Goal[] }> {
  const cwd = mkdtempSync(join(tmpdir(), 'firsttoken-watchers-'))
  const served = await serveApi(cwd, { BENCHMARK_RATE_LIMIT: '1000', SYN_FRAMES: '40', SYN_DELAY_MS: '10' })
  try {
    const ask = client(served.origin)
    const accepted = await startOften(ask)
    // What is at work while the watchers of the next one open, however long that takes.
    const first = [await startRun(ask, { num_runs: 50 }), await startRun(ask, { num_runs: 50 })]
    const job = await startRun(ask, { num_runs: probes })
    const before = await settled(served)
    const delays: number[] = []
    const began = performance.now()
    const watching = await Promise.all(
      Array.from({ length: count }, () => follow(`${served.origin}/api/v1/benchmarks/${job}/events`, delays)),
    )
    const openedMs = performance.now() - began
    const during = await settled(served)
    for (const id of first.toReversed()) await ask(`/benchmarks/${id}/cancel`, {})
    const counts = await Promise.all(watching.map(({ events }) => events))
    const { text } = await ask(`/runs/${job}`)
    const { probes: made } = JSON.parse(text) as { probes: { rows: { timing_quality: string }[] } }
    const notOk = made.rows.filter(({ timing_quality: quality }) => quality !== 'ok').length
    const complete = counts.filter((n) => n === probes).length
    const figures = {
      watchers: count,
      complete,
      openedMs: round(openedMs),
      delayP50: round(percentile(delays, 0.5) ?? NaN),
      delayP95: round(percentile(delays, 0.95) ?? NaN),
      liveKb: round((during.live - before.live) / count),
      residentKb: round((during.resident - before.resident) / count),
      acceptedP50: round(percentile(accepted, 0.5) ?? NaN),
      acceptedP99: round(percentile(accepted, 0.99) ?? NaN),
    }
    return {
      figures: [figures],
      goals: [
        atMost(`${count} watchers, from record to event, p95 ms`, 150, percentile(delays, 0.95) ?? NaN),
        atMost(`${count} watchers, memory each, KB`, 30, (during.live - before.live) / count),
        atMost('watchers that missed an event', 0, count - complete),
        atMost('probes of the run that are not timed ok', 0, notOk),
        atMost('from a start to its 202, p50 ms', 50, percentile(accepted, 0.5) ?? NaN),
      ],
    }
  } finally {
    await served.close()
    rmSync(cwd, { recursive: true, force: true, maxRetries: 10 })
  }
}

type Ask = ReturnType<typeof client>

async function startRun(ask: Ask, more: object): Promise<string> {
  const mode = 'num_runs' in more ? 'multi' : 'single'
  const body = { provider_id: 'synthetic', model: 'synthetic-1', max_tokens: 64, ...more }
  const { status, text } = await ask(`/benchmarks/${mode}`, body)
  if (status !== 202) throw new Error(`a start was answered ${status}: ${text}`)
  return (JSON.parse(text) as { job_id: string }).job_id
}

/** How long the 202 of a start takes, in ms; waits until all of them are over. */
async function startOften(ask: Ask): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < starts; index += 1) {
    const began = performance.now()
    const id = await startRun(ask, {})
    times.push(performance.now() - began)
    while (/"status":"(queued|running)"/.test((await ask(`/runs/${id}`)).text)) await pause(50)
  }
  return times
}

/** The memory of a server that has had time to end what it began. */
async function settled({ memory }: Served): ReturnType<Served['memory']> {
  await pause(2000)
  return memory()
}

const pause = (ms: number) => new Promise((wait) => setTimeout(wait, ms))

/** Watches a run to its end: each recorded probe adds its delay, and `events` counts them. */
async function follow(url: string, delays: number[]): Promise<{ events: Promise<number> }> {
  const asked = get(url, { agent: false, headers: { authorization: `Bearer ${adminToken}` } })
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  await once(response, 'readable')
  return { events: eventsOf(response, delays) }
}

async function eventsOf(response: IncomingMessage, delays: number[]): Promise<number> {
  let rest = ''
  let events = 0
  for await (const chunk of response) {
    const now = Date.now()
    const frames = `${rest}${String(chunk)}`.split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) {
      if (!frame.includes('event: probe_recorded')) continue
      events += 1
      const [, at] = /"created_at":"([^"]+)"/.exec(frame) ?? []
      if (at !== undefined) delays.push(now - Date.parse(at))
    }
  }
  return events
}
