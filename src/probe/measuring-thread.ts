import { Worker } from 'node:worker_threads'
import type { Sdk } from '../core/provider.ts'
import { type Answer, questionsTo } from './ask-thread.ts'
import type { NewText, Onlooker } from './live-text.ts'
import type { Loop } from './pressure.ts'
import type { Call } from './request.ts'

/** What a measuring thread is started with. */
export interface ThreadParts {
  /** The SDKs its calls will need: each thread loads them before it is ready. */
  sdks: Iterable<Sdk>
  /** Read for proxies only. */
  env: NodeJS.ProcessEnv
  /** Hosts that a person opened to providers that are not trusted. */
  egressAllow: readonly string[]
  /** How long event-loop lag is remembered, in ms, if calls may take longer than usual. */
  lagSpanMs?: number
  /** Calls that a thread makes of itself before it is ready (rehearse-probes.ts); none without. */
  rehearsals?: number
}

/** The data a thread starts with. */
export interface ThreadData {
  sdks: Sdk[]
  env: NodeJS.ProcessEnv
  egressAllow: readonly string[]
  lagSpanMs: number | undefined
  rehearsals: number
}

/** What a thread can do with a call. */
export type Job = 'measure' | 'lateness'

/** A message to a thread: to show a call, or not to show it anymore, among others. */
export type PoolMessage =
  | { abort: number }
  | { watch: number; isWatched: boolean }
  | { id: number; job: Job; call: Call }

/** What a thread tells of calls that are watched. */
export interface ShownTexts {
  shown: ({ id: number } & NewText)[]
}

/** What a thread tells with each answer: its CPU time so far, in ms. */
export interface Used {
  cpuMs: number
}

/** What a call is asked with besides. */
export interface Beside {
  signal: AbortSignal | undefined
  onlooker?: Onlooker | undefined
}

/** A thread that is ready to measure. */
export interface Thread {
  ask: (job: Job, call: Call, beside: Beside) => Promise<unknown>
  ended: Promise<void>
  cpuMs: () => number
  loop: Loop
  close: () => Promise<unknown>
}

/** Starts a thread, and waits until it is warm. Rejects if it cannot be started. */
export async function startThread(parts: ThreadParts): Promise<Thread> {
  const { sdks, env, egressAllow, lagSpanMs, rehearsals = 0 } = parts
  const data: ThreadData = { sdks: [...sdks], env: proxiesIn(env), egressAllow, lagSpanMs, rehearsals }
  const worker = newWorker(data)
  const questions = questionsTo(worker)
  const ready = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  let cause: unknown
  let cpuMs = 0
  const onlookers = new Map<number, Onlooker>()
  worker.on('message', (answer: 'ready' | (Answer & Used) | ShownTexts) => {
    if (answer === 'ready') ready.resolve()
    else if ('shown' in answer) for (const { id, ...news } of answer.shown) onlookers.get(id)?.take(news)
    else {
      cpuMs = answer.cpuMs
      questions.settle(answer)
    }
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
    cpuMs: () => cpuMs,
    loop: worker.performance,
    close: () => worker.terminate(),
  }
}

const proxiesIn = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => /_proxy$/i.test(name)))

/**
 * How large the young generation of a thread may become, in MiB: a collection of one of Node's usual size stops the thread for 2 to 10 ms.
 * With it the 99th percentile of the lateness at 200 requests/s was 1.2 times that of bare timers, and 2.0 times without (medians of five
 * rounds in turn); 24 gave 1.26, 6 and less 1.7 to 2.1, 192 2.4.
 */
const youngGenerationMiB = 12

/** Node's own type stripping is its only loader. It has no environment: keys come with the calls that need them. */
const newWorker = (data: ThreadData): Worker =>
  new Worker(new URL('./pool-thread.ts', import.meta.url), {
    workerData: data,
    execArgv: [],
    env: {},
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMiB },
    name: 'probe',
  })
