import { systemClock } from '../../src/core/clock.ts'
import type { Timeouts } from '../../src/core/plan.ts'
import { carriesTokens } from '../../src/core/timeline.ts'
import { percentile } from '../../src/core/statistics.ts'
import { measure } from '../../src/probe/measure.ts'
import { atMost, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import { arrivedHeader, bodyOf, type Load, tokensOf } from './answers.ts'
import { startClient } from './client.ts'
import { rowsOf } from './rows.ts'
import { forkListener, startOurs } from './ways.ts'

// TTFT as a probe measures it and as the proxy does, each less what the upstream itself says of the same answer: what is left
// is the way of the request, the way of the token, and our errors.
const load: Load = { streams: 1, answers: 10, frames: 10, delayMs: 5, withinMs: 0 }
const timeouts: Timeouts = { connect: 10_000, firstToken: 10_000, idle: 10_000, total: 60_000 }

/** By how much the TTFT of one probe is off, in ms. */
async function probeError(upstreamPort: number, seed: number): Promise<number> {
  let first: string | null = null
  const request = {
    url: new URL(`http://127.0.0.1:${upstreamPort}/v1/chat/completions`),
    headers: { 'content-type': 'application/json' },
    body: bodyOf(load, seed),
  }
  const { exchange, stream } = await measure(request, {
    clock: systemClock,
    env: {},
    egress: 'trusted',
    timeouts,
    tap: {
      onEvent: ({ data }, entry) => {
        if (carriesTokens(entry)) first ??= data
      },
    },
  })
  const entry = stream.events.find(carriesTokens)
  const [token] = tokensOf([{ at: 0, bytes: Buffer.from(first ?? '') }])
  const arrived = Number(exchange.headers[arrivedHeader])
  return (exchange.reads[entry?.read ?? -1] ?? NaN) - ((token?.written ?? NaN) - arrived)
}

/** Probes and requests through the proxy in turns. */
export const accuracy: Part = async ({ cwd, short }) => {
  const upstream = await forkListener('./upstream-process.ts', 'upstream')
  const ours = await startOurs(`http://127.0.0.1:${upstream.port}`, cwd)
  const client = startClient()
  const truths = new Map<string, number>()
  const probes: number[] = []
  try {
    // The first is for the compilers.
    for (let turn = 0; turn <= (short ? 3 : 30); turn += 1) {
      const timed = await client.ask({ ...load, port: ours.port, round: turn })
      const errors: number[] = []
      for (let each = 0; each < load.answers; each += 1)
        errors.push(await probeError(upstream.port, turn * load.answers + each))
      if (turn === 0) continue
      probes.push(...errors)
      for (const { id, truthMs } of timed) truths.set(id ?? '', truthMs)
    }
    // Then all rows are written.
    await ours.close()
    const ttfts = await rowsOf('ttft_ms', cwd)
    const proxied = [...truths].flatMap(([id, truthMs]) => {
      const ttft = ttfts.get(id)
      return ttft === undefined ? [] : [ttft - truthMs]
    })
    const of = (who: string, errors: readonly number[]) => ({
      who,
      n: errors.length,
      'TTFT off p50': round(percentile(errors, 0.5) ?? NaN),
      p95: round(percentile(errors, 0.95) ?? NaN),
    })
    const [proxyP95, probeP95] = [proxied, probes].map((errors) => percentile(errors, 0.95) ?? NaN)
    return {
      figures: [of('probe', probes), of('proxy', proxied)],
      goals: [
        atMost(
          "ms by which the proxy's p95 error exceeds the probe's",
          0.2,
          (proxyP95 ?? NaN) - (probeP95 ?? NaN),
        ),
      ],
    }
  } finally {
    await Promise.all([client.close(), ours.close(), upstream.close()])
  }
}
