import { monitorEventLoopDelay } from 'node:perf_hooks'
import { loadTokenizer } from '../src/probe/tokenizer.ts'
import { fill } from '../src/run/fill.ts'
import { makeFiller } from '../src/run/filler.ts'
import { atMost, median, printBench, round } from './goals.ts'

// How long filler takes: the tokenizer, then each tier, warm, each time another seed. And how long who orders the
// largest stands still, because a call might be measured there.
const tiers = [100, 1000, 5000, 10_000, 50_000, 100_000, 1_000_000]
const rounds = 5

const began = performance.now()
const count = await loadTokenizer()
makeFiller({ tokens: 10_000, seed: 'first' }, count)
const loadMs = performance.now() - began

function measure(tokens: number) {
  const runs = Array.from({ length: rounds }, (_, index) => {
    const start = performance.now()
    const { tokens: counted } = makeFiller({ tokens, seed: `${tokens} ${index}` }, count)
    return { ms: performance.now() - start, off: Math.abs(counted - tokens) / tokens }
  })
  return {
    tokens,
    ms: round(median(runs.map(({ ms }) => ms))),
    offPercent: round(100 * Math.max(...runs.map(({ off }) => off))),
  }
}

async function standstillMs(tokens: number): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await fill({ tokens, seed: 'in a thread' })
  delay.disable()
  return delay.max / 1e6
}

const figures = tiers.map(measure)
const msOf = (tier: number) => figures.find(({ tokens }) => tokens === tier)?.ms ?? NaN
printBench({
  name: `filler, by tier (tokenizer and first filler: ${round(loadMs)} ms)`,
  figures,
  goals: [
    atMost('100,000 tokens, ms', 100, msOf(100_000)),
    atMost('1,000,000 tokens, who orders stands still for, ms', 250, await standstillMs(1_000_000)),
    atMost('largest deviation, %', 1, Math.max(...figures.map(({ offPercent }) => offPercent))),
  ],
})
