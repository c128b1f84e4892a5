import { z } from 'zod'
import type { LiveTexts } from '../run/live-texts.ts'
import type { Store } from '../store/store.ts'
import type { Api } from './api.ts'
import { eventStream, type Frame } from './event-stream.ts'
import type { HttpParts } from './parts.ts'

/** Where the answers of a run are while they are measured. */
export type TextState =
  /** Here: they follow. */
  | 'here'
  /** The run has not begun, or begins. */
  | 'waiting'
  /** Another process makes it, and has them; this one may still take the run over. */
  | 'elsewhere'
  /** This is a function, in which nothing is measured: the stream ends. */
  | 'never'
  /** The run has ended: so does the stream. */
  | 'over'

const about: Readonly<Record<TextState, string>> = {
  here: 'this server makes the run: its answers follow',
  waiting: 'the run has not begun',
  elsewhere: 'another process makes the run: the text of a call can be read once its result is recorded',
  never: 'no text is streamed here: the text of a call can be read once its result is recorded',
  over: 'the run has ended: its texts are those of its results',
}

const description =
  'Server-sent events without cursors. `text_state` comes first, and whenever it changes: its `state` is `here` (this server makes the run), `waiting` (it has not ' +
  'begun), `elsewhere` (another process makes it, and has its answers), `never` (this is a function) or `over`; the last two end the stream. `text` has `answers`, each ' +
  'with its `probe`, new `text` and `reasoning`, where they begin in the whole (`text_at`, `reasoning_at`), how many characters at the beginning of the whole text are ' +
  'thinking too (`thought`), and `is_over`. Calls in hand come from their beginning, then what is new, about five times a second. Whoever reads slowly gets more at once; `lost` says how ' +
  'many characters that was too much for. Keys are left out, as in results, and nothing of it is kept.'

/** The answers of a run while they are measured. */
export function addLiveText(api: Api, parts: HttpParts): void {
  const { app, openStore, closing } = parts
  api.add(
    {
      method: 'get',
      path: '/benchmarks/{id}/text',
      access: 'read',
      tag: 'events',
      summary: 'The answers of a run as they come, from the server that makes it',
      description,
      params: { id: z.uuid() },
      media: 'text/event-stream',
      also: { 204: 'The run is over' },
    },
    async ({ params: { id } }) => {
      const store = await openStore()
      const { run } = await store.readJob({ runId: id })
      if (run.finishedAt !== null) return new Response(null, { status: 204 })
      return eventStream({
        frames: (signal) => framesOf(id, parts, { store, signal }),
        closing,
        onError: (error) => app.log.error({ err: error }, 'a stream of texts failed'),
      })
    },
  )
}

const stateFrame = (state: TextState): Frame => ({
  event: 'text_state',
  json: JSON.stringify({ state, detail: about[state] }),
})

/** How often it is asked what has become of a run that is not made here, in ms. */
const lookMs = 2000

async function* framesOf(
  runId: string,
  { app: { texts }, hosting }: Pick<HttpParts, 'app' | 'hosting'>,
  { store, signal }: { store: Pick<Store, 'readJob'>; signal: AbortSignal },
): AsyncGenerator<Frame, void> {
  if (hosting === 'function') {
    yield stateFrame('never')
    return
  }
  const stateOf = openState(runId, { texts, store })
  let said: TextState | null = null
  while (!signal.aborted) {
    const state = await stateOf()
    if (state !== said) yield stateFrame(state)
    if (state === 'over') return
    said = state
    if (state !== 'here') await texts.whenHere(runId, lookMs, signal)
    else
      for await (const news of texts.read(runId, signal)) yield { event: 'text', json: JSON.stringify(news) }
  }
}

/** Says at each look where the answers of a run are. */
function openState(
  runId: string,
  { texts, store }: { texts: Pick<LiveTexts, 'isHere'>; store: Pick<Store, 'readJob'> },
): () => Promise<TextState> {
  let wasRunning = false
  return async () => {
    if (texts.isHere(runId)) return 'here'
    const { run } = await store.readJob({ runId })
    if (run.finishedAt !== null) return 'over'
    const isElsewhere = wasRunning && run.status === 'running'
    // One that has just begun may be ours in a moment.
    wasRunning = run.status === 'running'
    return isElsewhere ? 'elsewhere' : 'waiting'
  }
}
