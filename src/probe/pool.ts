import { Worker } from 'node:worker_threads'
import type { Sdk } from '../core/provider.ts'
import type { Observation } from '../core/result.ts'
import { type Answer, questionsTo } from './ask-thread.ts'
import type { Lateness } from './lateness.ts'
import type { NewText, Onlooker } from './live-text.ts'
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
  /** Ends the threads; calls in progress reject. */
  close: () => Promise<void>
}

/** How a pool is opened. */
export interface PoolParts {
  /** The SDKs its calls will need: each thread loads them before it is ready. */
  sdks: Iterable<Sdk>
  /** Read for proxies only. */
  env: NodeJS.ProcessEnv
  /** Hosts that a person opened to providers that are not trusted. */
  egressAllow: readonly string[]
  /** How long event-loop lag is remembered, in ms, if calls may take longer than usual. */
  lagSpanMs?: number
}

/** The data a thread starts with. */
export interface ThreadData {
  sdks: Sdk[]
  env: NodeJS.ProcessEnv
  egressAllow: readonly string[]
  lagSpanMs: number | undefined
}

type Job = 'measure' | 'lateness'

/** A message to a thread: to show a call, or not to show it anymore, among others. */
export type PoolMessage =
  | { abort: number }
  | { watch: number; isWatched: boolean }
  | { id: number; job: Job; call: Call }

/** What a thread tells of calls that are watched. */
export interface ShownTexts {
  shown: ({ id: number } & NewText)[]
}

/** What a call is asked with besides. */
interface Beside {
  signal: AbortSignal | undefined
  onlooker?: Onlooker | undefined
}

/** A thread that is ready to measure. */
interface Thread {
  ask: (job: Job, call: Call, beside: Beside) => Promise<unknown>
  ended: Promise<void>
  close: () => Promise<unknown>
}

/** A thread's place in the pool. */
interface Seat {
  thread: Promise<Thread>
  /** Calls in progress. */
  busy: number
}

/** Opens a pool of warmed-up threads. Rejects if one cannot be started. */
export async function openPool(threads: number, parts: PoolParts): Promise<Pool> {
  const seats = Array.from({ length: threads }, (): Seat => ({ thread: startThread(parts), busy: 0 }))
  let closed = false
  const close = async () => {
    closed = true
    const started = await Promise.allSettled(seats.map(({ thread }) => thread))
    await Promise.all(started.map(async (each) => each.status === 'fulfilled' && each.value.close()))
  }
  /** Replaces a thread that died. Later calls wait for the new one, and reject if it cannot be started. */
  const refill = async (seat: Seat): Promise<void> => {
    const { ended } = await seat.thread
    await ended
    if (closed) return
    seat.thread = startThread(parts)
    await refill(seat)
  }
  try {
    await Promise.all(seats.map(({ thread }) => thread))
  } catch (error) {
    await close()
    throw error
  }
  for (const seat of seats) refill(seat).catch(() => undefined)
  const ask = async (job: Job, call: Call, beside: Beside): Promise<unknown> => {
    if (closed) throw new Error('the pool of measuring threads is closed')
    const seat = seats.reduce((best, each) => (each.busy < best.busy ? each : best))
    seat.busy += 1
    try {
      const thread = await seat.thread
      return await thread.ask(job, call, beside)
    } finally {
      seat.busy -= 1
    }
  }
  return {
    measure: (call, signal, onlooker) => ask('measure', call, { signal, onlooker }) as Promise<Observation>,
    lateness: (call, signal, onlooker) => ask('lateness', call, { signal, onlooker }) as Promise<Lateness>,
    close,
  }
}

async function startThread({ sdks, env, egressAllow, lagSpanMs }: PoolParts): Promise<Thread> {
  const data: ThreadData = { sdks: [...sdks], env: proxiesIn(env), egressAllow, lagSpanMs }
  // Node's own type stripping is its only loader. It has no environment: keys come with the calls that need
  // them.
  const worker = new Worker(new URL('./pool-thread.ts', import.meta.url), {
    workerData: data,
    execArgv: [],
    env: {},
    name: 'probe',
  })
  const questions = questionsTo(worker)
  const ready = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  let cause: unknown
  const onlookers = new Map<number, Onlooker>()
  worker.on('message', (answer: 'ready' | Answer | ShownTexts) => {
    if (answer === 'ready') ready.resolve()
    else if ('shown' in answer) for (const { id, ...news } of answer.shown) onlookers.get(id)?.take(news)
    else questions.settle(answer)
  })
  /** Shows an onlooker a call that was asked, until what it returns is called. */
  const show = (id: number, onlooker: Onlooker) => {
    onlookers.set(id, onlooker)
    const over = onlooker.begin((isWatched) => worker.postMessage({ watch: id, isWatched }))
    return () => {
      onlookers.delete(id)
      over()
    }
  }
  worker.on('error', (error) => {
    cause = error
  })
  worker.on('exit', (code) => {
    const error = new Error(`a measuring thread ended (exit code ${code}) before it answered`, { cause })
    ready.reject(error)
    questions.fail(error)
    ended.resolve()
  })
  await ready.promise
  return {
    ask: (job, call, { signal, onlooker }) => {
      if (onlooker === undefined) return questions.ask({ job, call }, signal)
      let over: (() => void) | null = null
      const onAsked = (id: number) => void (over = show(id, onlooker))
      return questions.ask({ job, call }, signal, onAsked).finally(() => over?.())
    },
    ended: ended.promise,
    close: () => worker.terminate(),
  }
}

const proxiesIn = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => /_proxy$/i.test(name)))
