import { toShared } from '../core/clock.ts'
import type { Observation } from '../core/result.ts'
import type { Lateness } from './lateness.ts'
import type { Onlooker } from './live-text.ts'
import { type Beside, type Job, startThread, type Thread, type ThreadParts } from './measuring-thread.ts'
import { watchPressure } from './pressure.ts'
import type { Call } from './request.ts'

/** Measuring threads, whose clocks nothing else in this process can delay. */
export interface Pool {
  /**
   * Runs `probe` in the least busy thread; the signal is a person's abort of this call. Rejects on a bug, and if
   * the thread dies, which is then replaced. What is answered is shown to an onlooker while somebody looks.
   */
  measure: (call: Call, signal?: AbortSignal, onlooker?: Onlooker) => Promise<Observation>
  /** Runs `measureLateness` likewise. */
  lateness: (call: Call, signal?: AbortSignal, onlooker?: Onlooker) => Promise<Lateness>
  /** CPU time of each thread up to its latest answer, in ms. */
  cpuMs: () => number[]
  /** Ends the threads; calls in progress reject. */
  close: () => Promise<void>
}

/** How a pool is opened. */
export interface PoolParts extends ThreadParts {
  /** Threads that it may grow to while those it has are busy; it does not grow without. */
  most?: number
}

/** A thread's place in the pool. */
interface Seat {
  thread: Promise<Thread>
  /** The one it has had last; null until it has one. */
  latest: Thread | null
  /** Calls in progress. */
  busy: number
}

/** Opens a pool of warmed-up threads. Rejects if one cannot be started. */
export async function openPool(threads: number, { most = threads, ...parts }: PoolParts): Promise<Pool> {
  const seats = Array.from({ length: threads }, () => openSeat(parts))
  const closing = new AbortController()
  const close = async () => {
    closing.abort()
    const started = await Promise.allSettled(seats.map(({ thread }) => thread))
    await Promise.all(started.map(async (each) => each.status === 'fulfilled' && each.value.close()))
  }
  try {
    await Promise.all(seats.map(({ thread }) => thread))
  } catch (error) {
    await close()
    throw error
  }
  const keepFilled = (seat: Seat) => void refill(seat, parts, closing.signal).catch(() => undefined)
  for (const seat of seats) keepFilled(seat)
  const latest = () => seats.map((seat) => seat.latest).filter((thread) => thread !== null)
  /** One thread more, which takes calls once it is warm. If it cannot be started the others go on. */
  const grow = async () => {
    const seat = openSeat(parts)
    const thread = await seat.thread
    seats.push(seat)
    if (closing.signal.aborted) await thread.close()
    else keepFilled(seat)
  }
  const loops = () => latest().map(({ loop }) => loop)
  closing.signal.addEventListener('abort', watchPressure(loops, { most, grow }))
  const ask = async (job: Job, call: Call, beside: Beside): Promise<unknown> => {
    if (closing.signal.aborted) throw new Error('the pool of measuring threads is closed')
    const seat = seats.reduce((best, each) => (each.busy < best.busy ? each : best))
    seat.busy += 1
    try {
      const thread = await seat.thread
      return await thread.ask(job, onSharedClock(call), beside)
    } finally {
      seat.busy -= 1
    }
  }
  return {
    measure: (call, signal, onlooker) => ask('measure', call, { signal, onlooker }) as Promise<Observation>,
    lateness: (call, signal, onlooker) => ask('lateness', call, { signal, onlooker }) as Promise<Lateness>,
    cpuMs: () => latest().map(({ cpuMs }) => cpuMs()),
    close,
  }
}

function openSeat(parts: ThreadParts): Seat {
  const seat: Seat = { thread: startThread(parts), latest: null, busy: 0 }
  keepLatest(seat)
  return seat
}

function keepLatest(seat: Seat): void {
  seat.thread.then(
    (thread) => (seat.latest = thread),
    () => undefined,
  )
}

/** Replaces a thread that died. Later calls wait for the new one, and reject if it cannot be started. */
async function refill(seat: Seat, parts: ThreadParts, closing: AbortSignal): Promise<void> {
  const { ended } = await seat.thread
  await ended
  if (closing.aborted) return
  seat.thread = startThread(parts)
  keepLatest(seat)
  await refill(seat, parts, closing)
}

const onSharedClock = (call: Call): Call =>
  call.dueAt === undefined ? call : { ...call, dueAt: toShared(call.dueAt) }
