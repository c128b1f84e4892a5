import { expect, test } from 'vitest'
import { openLive, outlookOf } from '../../../src/http/live.ts'
import type { EventRow } from '../../../src/store/event-codec.ts'
import { openEventFeed } from '../../../src/store/event-feed.ts'
import { newRun } from '../../../src/store/memory.ts'
import { noSuchRow, type Store, StoreError } from '../../../src/store/store.ts'
import { pause } from '../../support/loopback.ts'
import { samplePlan } from '../../support/samples.ts'
import { stubStore } from '../../support/stub-store.ts'

const run = newRun(samplePlan(['a']), 'local', new Date(0))
const never = new AbortController().signal

/** Events of one run, ten seconds from one to the next. */
const rowsOf = (...events: [EventRow['event'], number, EventRow['data']?][]): EventRow[] =>
  events.map(([event, n_done, data = {}], index) => ({
    id: `5-${index}`,
    run_id: run.id,
    event,
    created_at: new Date(index * 10_000).toISOString(),
    data,
    probe: null,
    result: null,
    n_done,
  }))

/** A store with these events of one run, which may be deleted, and where the present is. */
function storeOf(rows: EventRow[], status: 'running' | 'finished' = 'running') {
  const state = { isDeleted: false, looks: 0 }
  const store: Partial<Store> = {
    listEvents: ({ runId, after }) => {
      const from = after === null ? 0 : 1 + rows.findIndex(({ id }) => id === after)
      return Promise.resolve({ rows: runId === null ? [] : rows.slice(from), next: '6-0', pending: false })
    },
    readJob: () => {
      state.looks += 1
      return state.isDeleted
        ? Promise.reject(new StoreError('bug', 'there is no such run', { code: noSuchRow }))
        : Promise.resolve({ run: { ...run, status }, place: null, isCancelling: false })
    },
    readRun: () =>
      Promise.resolve({
        run: { mode: 'multi', status: 'running', n_probes: 10, started_at: new Date(0).toISOString() },
        settings: {},
        targets: [],
      } as never),
  }
  return { state, store: stubStore(store) }
}

const watchingOf = (after: string | null = null) =>
  ({ runId: run.id, only: null, after, naming: 'events', signal: never }) as const

function liveOn(store: Store, lookMs?: number) {
  const feed = openEventFeed({ listEvents: store.listEvents, listen: null })
  return { feed, live: openLive({ feed, openStore: () => Promise.resolve(store) }, (id) => id, lookMs) }
}

test('who watches a run is done when it is deleted, and one look is for all', async () => {
  const { state, store } = storeOf(rowsOf(['run_queued', 0]))
  const { feed, live } = liveOn(store, 5)
  const watchers = Array.from({ length: 20 }, () => live(watchingOf()))
  for (const watcher of watchers) expect(await watcher.next()).toMatchObject({ done: false })
  const ends = Promise.all(watchers.map((watcher) => watcher.next()))
  const before = state.looks
  state.isDeleted = true
  expect((await ends).every(({ done }) => done === true)).toBe(true)
  expect(state.looks - before).toBeLessThan(20)
  const after = state.looks
  // Time for six more.
  await pause(30)
  expect(state.looks).toBe(after)
  await feed.close()
})

test('calls that are skipped on the way do not make those that are left seem faster', async () => {
  const rows = rowsOf(
    ['run_queued', 0],
    ['run_started', 0],
    ['probe_recorded', 1],
    ['probes_skipped', 6, { reason: 'rate limited', n: 5 }],
    ['probe_recorded', 7],
    ['run_finished', 10],
  )
  const { feed, live } = liveOn(storeOf(rows).store)
  const etas: unknown[] = []
  for await (const { json } of live(watchingOf()))
    etas.push((JSON.parse(json) as { progress: { eta_s: number | null } }).progress.eta_s)
  // One call in 10 s, with 9 left; still one in 20 s, with 4 left; two in 30 s, with 3 left.
  expect(etas).toStrictEqual([null, null, 90, 80, 45, 0])
  await feed.close()
})

test('a cursor that lies beyond the present is of another database', async () => {
  const rows = rowsOf(['run_queued', 0], ['run_finished', 1])
  for (const status of ['running', 'finished'] as const) {
    const { store } = storeOf(rows, status)
    const outlook = (after: string | null, runId: string | null = run.id) =>
      outlookOf({ runId, after }, store)
    expect(await outlook('7-0')).toBe('foreign')
    expect(await outlook('7-0', null)).toBe('foreign')
    expect(await outlook('6-0', null)).toBe('open')
    expect(await outlook(null)).toBe('open')
    expect(await outlook('5-1')).toBe(status === 'running' ? 'open' : 'over')
  }
})
