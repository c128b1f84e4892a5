import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../src/core/clock.ts'
import type { TimingQuality } from '../../src/core/quality.ts'
import { percentile } from '../../src/core/statistics.ts'
import type { LagMonitor } from '../../src/probe/lag.ts'
import { probe } from '../../src/probe/probe.ts'
import { atLeast, type Goal } from '../goals.ts'
import { callFor } from './clients.ts'
import { clockOffset } from './truth.ts'
import { startWitness, stopWitness, takeWitnessed } from './witness.ts'

// What a result says about its own timing, against what its timing was: every event has the server's clock in
// it, and the machine is left alone, or disturbed in one of the ways that machines are.

/** One probe: how it was judged, and how late its events truly were. Milliseconds. */
interface Window {
  quality: TimingQuality
  lagMax: number
  lagFirst: number
  lateP99: number
  lateFirst: number
}

interface Shape {
  streams: number
  ttftMs: number
  chunks: number
  gapMs: number
}

const usual: Shape = { streams: 8, ttftMs: 250, chunks: 20, gapMs: 20 }

/** Makes so many probes at once. */
async function watch(url: string, lag: LagMonitor, shape: Shape): Promise<Window[]> {
  const offset = clockOffset()
  takeWitnessed()
  const seen = await Promise.all(
    Array.from({ length: shape.streams }, async (_, index) => {
      const id = `window-${index}`
      return {
        id,
        seen: await probe(callFor(url, { ...shape, id }), {
          clock: systemClock,
          lag,
          env: {},
          egressAllow: [],
        }),
      }
    }),
  )
  const witnessed = takeWitnessed()
  return seen.map(({ id, seen: result }) => {
    const late = (witnessed.get(id) ?? []).map((event) => event.seen + offset - event.sent)
    return {
      quality: result.timingQuality,
      lagMax: result.lagMaxMs ?? NaN,
      lagFirst: result.lagFirstTokenMs ?? NaN,
      lateP99: percentile(late, 0.99) ?? NaN,
      lateFirst: late[0] ?? NaN,
    }
  })
}

/** Holds this thread up, as a big query or a synchronous write would. */
export function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

/** A way to disturb; gives what ends it. */
type Disturbance = () => () => void

const every =
  (ms: () => number, act: () => void): Disturbance =>
  () => {
    let timer: NodeJS.Timeout
    const again = () => {
      timer = setTimeout(() => {
        act()
        again()
      }, ms())
    }
    again()
    return () => clearTimeout(timer)
  }

const hogs =
  (count: number): Disturbance =>
  () => {
    const busy = Array.from({ length: count }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    )
    return () => {
      for (const hog of busy) hog.kill('SIGKILL')
    }
  }

let garbage: unknown[] = []

const blocking = every(
  () => 100 + 200 * Math.random(),
  () => block(3 + 27 * Math.random()),
)

interface Condition {
  name: string
  start: Disturbance
  batches: number
  shape: Shape
}

/** What machines do to a measurement. A long TTFT is there since it lets single pauses pass. */
const conditions: Condition[] = [
  { name: 'left alone', start: () => () => {}, batches: 28, shape: usual },
  { name: 'blocked 3 to 30 ms, 5 times a second', start: blocking, batches: 10, shape: usual },
  {
    name: 'the same, TTFT 1.5 s',
    start: blocking,
    batches: 4,
    shape: { ...usual, ttftMs: 1500 },
  },
  {
    name: 'making garbage',
    start: every(
      () => 5,
      () => {
        garbage = [...garbage.slice(-200_000), ...Array.from({ length: 5000 }, (_, index) => ({ index }))]
      },
    ),
    batches: 10,
    shape: usual,
  },
  { name: 'beside 4 processes that take all CPU', start: hogs(4), batches: 10, shape: usual },
]

/** Windows under one condition. */
interface Watched {
  condition: string
  windows: Window[]
}

/** Windows under every condition. */
export async function watchWindows(url: string, lag: LagMonitor): Promise<Watched[]> {
  startWitness()
  const all: Watched[] = []
  for (const { name, start, batches, shape } of conditions) {
    const stop = start()
    await sleep(100)
    const windows: Window[] = []
    try {
      for (let batch = 0; batch < batches; batch += 1) windows.push(...(await watch(url, lag, shape)))
    } finally {
      stop()
      garbage = []
    }
    all.push({ condition: name, windows })
  }
  stopWitness()
  return all
}

/**
 * Windows in which the loop was blocked for 25 ms just before the first token was due, at a TTFT of 250 ms.
 */
export async function watchBlocks(url: string, lag: LagMonitor, batches: number): Promise<Window[]> {
  startWitness()
  const windows: Window[] = []
  for (let batch = 0; batch < batches; batch += 1) {
    const timer = setTimeout(() => block(25), usual.ttftMs - 24 * Math.random())
    windows.push(...(await watch(url, lag, { ...usual, chunks: 5 })))
    clearTimeout(timer)
  }
  stopWitness()
  return windows
}

const share = (windows: readonly Window[], holds: (window: Window) => boolean): number =>
  windows.length === 0 ? NaN : windows.filter(holds).length / windows.length

const isOk = ({ quality }: Window) => quality === 'ok'
/** Lateness beyond this says that a block did reach the first token, in ms. */
const affectedMs = 1

/** The windows as a table. */
export const windowFigures = (all: readonly Watched[]): Record<string, unknown>[] =>
  all.map(({ condition, windows }) => {
    const of = (quality: TimingQuality) => windows.filter((window) => window.quality === quality)
    const right = (some: readonly Window[]) =>
      some.length === 0 ? '' : Math.round(100 * share(some, ({ lateP99 }) => lateP99 <= 5))
    return {
      what: `windows, ${condition}`,
      n: windows.length,
      ok: of('ok').length,
      degraded: of('degraded').length,
      untrusted: of('untrusted').length,
      'ok: p99 <= 5 ms, %': right(of('ok')),
      'not ok: p99 <= 5 ms, %': right(windows.filter((window) => !isOk(window))),
    }
  })

/** What the windows must show. */
export function windowGoals(all: readonly Watched[], blocked: readonly Window[]): Goal[] {
  const ok = all.flatMap(({ windows }) => windows).filter(isOk)
  const affected = blocked.filter(({ lateFirst }) => lateFirst > affectedMs)
  return [
    atLeast('fresh windows judged ok', 200, ok.length),
    atLeast('of windows judged ok, p99 error <= 5 ms, %', 95, 100 * share(ok, ({ lateP99 }) => lateP99 <= 5)),
    atLeast('results whose first token a block of 25 ms held up', 50, affected.length),
    atLeast('of those, not judged ok, %', 95, 100 * share(affected, (window) => !isOk(window))),
  ]
}
