import type { LiveText, LiveTextState } from '../../src/http/contract.ts'
import { urlOf } from './client.ts'

/** Where the answers of a run are; `window`: another window of this browser has the one stream that it may have. */
export type TextState = LiveTextState['state'] | 'window'

/** Who hears the answers of a run. */
interface Listener {
  onText: (news: LiveText) => void
  onState: (state: TextState) => void
}

/** How long to wait after a stream was refused, in ms: the server restarts. */
const pauseMs = 3_000

const lock = 'firsttoken-text'

/**
 * Hears the answers of a run as they come; returns how to stop. A browser allows six connections to a server, so a tab has a stream
 * while it is seen, and one window has it at a time. Whoever comes again gets the calls in hand from their beginning.
 */
export function onLiveText(run: string, listener: Listener): () => void {
  const left = new AbortController()
  void keep(run, listener, left.signal)
  return () => left.abort()
}

async function keep(run: string, listener: Listener, left: AbortSignal): Promise<void> {
  while (!left.aborted) {
    await seen(left)
    const isOver = await alone(listener, left, () => once(run, listener, left))
    if (isOver) return
    if (!left.aborted && !document.hidden) await new Promise((wait) => setTimeout(wait, pauseMs))
  }
}

/** Waits until the tab is seen. */
async function seen(left: AbortSignal): Promise<void> {
  while (document.hidden && !left.aborted)
    await new Promise((resolve) => {
      document.addEventListener('visibilitychange', resolve, { once: true, signal: left })
      left.addEventListener('abort', resolve, { once: true })
    })
}

/** Does it while no other window of this browser does. */
async function alone(
  { onState }: Listener,
  left: AbortSignal,
  stream: () => Promise<boolean>,
): Promise<boolean> {
  // Over http a browser has no locks, except on this machine.
  if (!('locks' in navigator)) return stream()
  const isOver = await navigator.locks.request(lock, { ifAvailable: true }, (held) => held && stream())
  if (isOver !== null || left.aborted) return isOver ?? true
  onState('window')
  return navigator.locks.request(lock, { signal: left }, stream).catch(() => true)
}

/** One stream until nothing more comes of it, which it says, or the tab is not seen anymore, or it is refused. */
const once = (run: string, { onText, onState }: Listener, left: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const source = new EventSource(urlOf('/api/v1/benchmarks/{id}/text', { params: { id: run } }))
    const hidden = new AbortController()
    const end = (isOver: boolean) => {
      source.close()
      hidden.abort()
      resolve(isOver)
    }
    source.addEventListener('text', ({ data }: MessageEvent<string>) => onText(JSON.parse(data) as LiveText))
    source.addEventListener('text_state', ({ data }: MessageEvent<string>) => {
      const { state } = JSON.parse(data) as LiveTextState
      onState(state)
      if (state === 'over' || state === 'never') end(true)
    })
    source.addEventListener('error', () => {
      // A cut is mended by the browser.
      if (source.readyState === EventSource.CLOSED) end(false)
    })
    document.addEventListener('visibilitychange', () => document.hidden && end(false), {
      signal: hidden.signal,
    })
    left.addEventListener('abort', () => end(true), { signal: hidden.signal })
    if (left.aborted) end(true)
    // It may have waited for its turn while nobody looked.
    else if (document.hidden) end(false)
  })
