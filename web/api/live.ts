import type { QueryClient } from '@tanstack/react-query'
import type { Answers, LiveEvent } from '../../src/http/contract.ts'
import { urlOf } from './client.ts'
import {
  refresher,
  stales,
  stalesAtBeginning,
  stalesByIncidents,
  stalesBySync,
  stalesByTurn,
} from './stale.ts'

// A browser allows six connections to a server, however many tabs there are: one tab holds the stream and tells the others.

type Listener = (event: LiveEvent) => void

const listeners = new Set<Listener>()
/** What the other tabs are told when a stream began anew: what happened before it was not heard. */
const begun = 'begun'
/** What they are told when the stream is cut, or goes on: the server may be away. */
const turned = 'turned'
let isCut = false
/** What they are told when this one has asked the providers for their models. */
const synced = 'synced'
/** What they are told when somebody signed in or out: what this browser may read is another thing. */
const handed = 'session'
/** What they are told, and the stream says, when incidents may have changed. */
const changed = 'incidents_changed'
let refresh: ReturnType<typeof refresher> = () => undefined
type Told = LiveEvent | typeof begun | typeof turned | typeof synced | typeof handed | typeof changed
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
  refresh = refresher((path) => void queries.invalidateQueries({ queryKey: [path] }))
  channel.addEventListener('message', ({ data }: MessageEvent<Told>) => {
    if (data === begun) refresh(stalesAtBeginning)
    else if (data === turned) refresh(stalesByTurn)
    else if (data === synced) refresh(stalesBySync)
    else if (data === changed) refreshIncidents()
    else if (data === handed) {
      renew()
      void queries.resetQueries()
    } else tell(data)
  })
  onLive(({ event }) => refresh(stales[event]))
  watchSyncs(queries)
  // Over http a browser has no locks, except on this machine: then each tab has a stream of its own.
  if ('locks' in navigator) void navigator.locks.request('firsttoken-live', stream)
  else void stream()
}

/** Tells the other tabs that providers were asked for their models. */
export const tellSynced = (): void => channel.postMessage(synced)

/** Tells the other tabs that somebody signed in or out. */
export function tellSession(): void {
  channel.postMessage(handed)
  renew()
}

/** Ends the stream if it is this tab's: another begins, if this browser may still hear one. */
let renew = (): void => undefined

/** A sync by a schedule or elsewhere is no event of a run: what is read of the health, as it is each minute, tells of it. */
function watchSyncs(queries: QueryClient): void {
  let known: string | null | undefined
  queries.getQueryCache().subscribe(({ type, query }) => {
    if (type !== 'updated' || query.queryKey[0] !== '/api/v1/health') return
    const at = (query.state.data as Answers['GET /api/v1/health'] | undefined)?.last_synced_at
    if (at === undefined || at === known) return
    if (known !== undefined) refresh(stalesBySync)
    known = at
  })
}

const refreshIncidents = (): void => refresh(stalesByIncidents, { isJudged: true })

function tell(event: LiveEvent): void {
  cursor = event.id
  for (const listener of listeners) listener(event)
}

/** How long to wait after a stream was refused, in ms: the server restarts, or a token is missing. */
const pauseMs = 5_000

/** Never ends: the lock is held until the tab is closed. */
async function stream(): Promise<never> {
  for (;;) if ((await once()) === 'refused') await new Promise((wait) => setTimeout(wait, pauseMs))
}

/** The stream is cut, or goes on. */
function turn(cut: boolean): void {
  if (cut === isCut) return
  isCut = cut
  channel.postMessage(turned)
  refresh(stalesByTurn)
}

/** Takes an event off the stream: the other tabs hear it by the channel. */
function take({ data }: MessageEvent<string>): void {
  const event = JSON.parse(data) as LiveEvent
  channel.postMessage(event)
  tell(event)
}

/** One stream, until it is refused for good or renewed; a cut is mended by the browser. */
const once = (): Promise<'refused' | 'renewed'> =>
  new Promise((end) => {
    const source = new EventSource(urlOf('/api/v1/events', { query: { after: cursor } }))
    renew = () => {
      source.close()
      end('renewed')
    }
    for (const name of Object.keys(stales)) source.addEventListener(name, take)
    source.addEventListener(changed, () => {
      channel.postMessage(changed)
      refreshIncidents()
    })
    source.addEventListener('open', () => {
      turn(false)
      if (cursor !== null) return
      channel.postMessage(begun)
      refresh(stalesAtBeginning)
    })
    source.addEventListener('error', () => {
      turn(true)
      if (source.readyState !== EventSource.CLOSED) return
      // Another database may have taken the place of the one that gave the cursor.
      cursor = null
      end('refused')
    })
  })
