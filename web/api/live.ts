import type { QueryClient } from '@tanstack/react-query'
import type { LiveEvent } from '../../src/http/contract.ts'
import { urlOf } from './client.ts'

// A browser allows six connections to a server, however many tabs there are: one tab holds the stream and tells the others.

const events = [
  'run_queued',
  'run_started',
  'run_joined',
  'run_handed_over',
  'run_cancelling',
  'run_finished',
  'run_missed',
  'probe_started',
  'probe_recorded',
  'probes_skipped',
] as const satisfies readonly LiveEvent['event'][]

type Listener = (event: LiveEvent) => void

const listeners = new Set<Listener>()
/** What the other tabs are told when a stream began anew: what happened before it was not heard. */
const begun = 'begun'
let catchUp = (): void => undefined
/** What they are told when the stream is cut, or goes on: the server may be away. */
const turned = 'turned'
let isCut = false
let askHealth = (): void => undefined
const channel = new BroadcastChannel('firsttoken-live')
/** Where the next stream goes on, whichever tab opens it. */
let cursor: string | null = null

/** Hears every event of every run, in each tab; returns how to stop. */
export function onLive(listener: Listener): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Keeps the stream while this tab is the leader, and makes stale what an event changes. For the life of the page. */
export function keepLive(queries: QueryClient): void {
  const refresh = refresher(queries)
  channel.addEventListener('message', ({ data }: MessageEvent<LiveEvent | typeof begun | typeof turned>) => {
    if (data === begun) catchUp()
    else if (data === turned) askHealth()
    else tell(data)
  })
  onLive(({ event }) => refresh(stales[event]))
  catchUp = () => refresh(stalesAtBeginning)
  askHealth = () => refresh(['/api/v1/health'])
  // Over http a browser has no locks, except on this machine: then each tab has a stream of its own.
  if ('locks' in navigator) void navigator.locks.request('firsttoken-live', stream)
  else void stream()
}

function tell(event: LiveEvent): void {
  cursor = event.id
  for (const listener of listeners) listener(event)
}

/** How long to wait after a stream was refused, in ms: the server restarts, or a token is missing. */
const pauseMs = 5_000

/** Never ends: the lock is held until the tab is closed. */
async function stream(): Promise<never> {
  for (;;) {
    await once()
    await new Promise((wait) => setTimeout(wait, pauseMs))
  }
}

/** The stream is cut, or goes on. */
function turn(cut: boolean): void {
  if (cut === isCut) return
  isCut = cut
  channel.postMessage(turned)
  askHealth()
}

/** Takes an event off the stream: the other tabs hear it by the channel. */
function take({ data }: MessageEvent<string>): void {
  const event = JSON.parse(data) as LiveEvent
  channel.postMessage(event)
  tell(event)
}

/** One stream, until it is refused for good; a cut is mended by the browser. */
const once = (): Promise<void> =>
  new Promise((refused) => {
    const source = new EventSource(urlOf('/api/v1/events', { query: { after: cursor } }))
    for (const name of events) source.addEventListener(name, take)
    source.addEventListener('open', () => {
      turn(false)
      if (cursor !== null) return
      channel.postMessage(begun)
      catchUp()
    })
    source.addEventListener('error', () => {
      turn(true)
      if (source.readyState !== EventSource.CLOSED) return
      // Another database may have taken the place of the one that gave the cursor.
      cursor = null
      refused()
    })
  })

/** Events of a moment are answered by one read, at most one a second. */
const gatherMs = 1000

/** What a stream that begins anew may have missed. */
const stalesAtBeginning = [
  '/api/v1/benchmarks',
  '/api/v1/benchmarks/{id}',
  '/api/v1/results',
  '/api/v1/runs',
  '/api/v1/runs/{id}',
]
const ended = [
  ...stalesAtBeginning,
  '/api/v1/now',
  '/api/v1/health',
  '/api/v1/series',
  '/api/v1/errors',
  '/api/v1/gaps',
]

const stales: Readonly<Record<LiveEvent['event'], readonly string[]>> = {
  run_queued: ['/api/v1/benchmarks'],
  run_started: ['/api/v1/benchmarks', '/api/v1/benchmarks/{id}', '/api/v1/runs', '/api/v1/runs/{id}'],
  run_joined: [],
  run_handed_over: [],
  run_cancelling: ['/api/v1/benchmarks', '/api/v1/benchmarks/{id}'],
  run_finished: ended,
  run_missed: ended,
  probe_started: [],
  probe_recorded: ['/api/v1/now', '/api/v1/runs/{id}'],
  probes_skipped: [],
}

function refresher(queries: QueryClient): (paths: readonly string[]) => void {
  const waiting = new Set<string>()
  let isWaiting = false
  const read = () => {
    isWaiting = false
    const paths = [...waiting]
    waiting.clear()
    for (const path of paths) void queries.invalidateQueries({ queryKey: [path] })
  }
  return (paths) => {
    for (const path of paths) waiting.add(path)
    if (waiting.size === 0 || isWaiting) return
    isWaiting = true
    setTimeout(read, gatherMs)
  }
}
