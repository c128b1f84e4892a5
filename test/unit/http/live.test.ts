import { expect, test } from 'vitest'
import type { Frame } from '../../../src/http/event-stream.ts'
import { openLive } from '../../../src/http/live.ts'
import type { EventRow } from '../../../src/store/event-codec.ts'
import { noSuchRow, StoreError } from '../../../src/store/store.ts'
import { stubStore } from '../../support/stub-store.ts'

const id = '0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a'
const probe = {
  id: 'p',
  provider: 'openai',
  model: 'm',
  region: 'local',
  iteration: 1,
  context_tokens: null,
  warmup: false,
}
const row = (n: number, event: EventRow['event'], more: Partial<EventRow> = {}): EventRow => ({
  id: `1-${n}`,
  run_id: id,
  event,
  created_at: new Date(Date.UTC(2026, 10, 29, 10, 0, n)).toISOString(),
  data: {},
  probe: null,
  result: null,
  n_done: 0,
  ...more,
})
const runAs = (status: string) =>
  ({
    run: { mode: 'multi', status, n_probes: 4, started_at: '2026-11-29T10:00:00Z' },
    settings: { runs: 4 },
    targets: [],
  }) as never

/** What watchers of these rows are sent, and how often the run was read. */
function watched(rows: readonly EventRow[], answers: (() => Promise<never>)[]) {
  const reads = { n: 0 }
  const store = stubStore({
    readRun: () => {
      const answer = answers[Math.min(reads.n, answers.length - 1)]
      reads.n += 1
      return answer === undefined ? Promise.reject(new Error('not expected')) : answer()
    },
  })
  const feed = {
    watch: async function* () {
      yield* await Promise.resolve(rows)
    },
    onIncidents: () => () => undefined,
  }
  const live = openLive({ feed, openStore: () => Promise.resolve(store) }, () => 'OpenAI')
  const follow = async (): Promise<Frame[]> => {
    const { signal } = new AbortController()
    const watching = { runId: null, only: null, after: null, naming: 'events', signal } as const
    const frames: Frame[] = []
    for await (const frame of live(watching)) frames.push(frame)
    return frames
  }
  return { follow, reads }
}
const progressOf = ({ json }: Frame) => (JSON.parse(json) as { progress: { eta_s: number | null } }).progress

test('a run is read once for all who watch it, and what they are sent is made once', async () => {
  const rows = [row(0, 'run_queued'), row(10, 'run_started'), row(20, 'probe_recorded', { probe, n_done: 1 })]
  const { follow, reads } = watched(rows, [() => Promise.resolve(runAs('queued'))])
  const [one, other] = await Promise.all([follow(), follow()])
  expect(reads.n).toBe(1)
  expect(one.map((frame, index) => frame === other[index])).toEqual([true, true, true])
  // It began at 10 s, so one call took 10 s, and three more take 30.
  expect(one.map(progressOf)).toMatchObject([{ eta_s: null }, { eta_s: null }, { eta_s: 30 }])
})

test('a run that began while nobody watched is read again', async () => {
  const rows = [row(0, 'run_queued'), row(20, 'probe_recorded', { probe, n_done: 1 })]
  const { follow, reads } = watched(rows, [
    () => Promise.resolve(runAs('queued')),
    () => Promise.resolve(runAs('running')),
  ])
  expect((await follow()).map(progressOf)).toMatchObject([{ eta_s: null }, { eta_s: 60 }])
  expect(reads.n).toBe(2)
})

test('whoever comes while a run goes on hears how its plan grows', async () => {
  const rows = [
    row(20, 'probe_recorded', { probe, n_done: 3 }),
    row(21, 'run_extended', { n_done: 4, data: { levels: 1, probes: 6, n_probes: 10 } }),
    row(22, 'probe_recorded', { probe, n_done: 5 }),
  ]
  const { follow } = watched(rows, [() => Promise.resolve(runAs('running'))])
  const totals = [{ total: 4 }, { total: 10 }, { done: 5, total: 10 }]
  expect((await follow()).map(progressOf)).toMatchObject(totals)
})

test('the events of a run that was deleted are told with what they say themselves', async () => {
  const gone = () => Promise.reject(new StoreError('bug', 'no such run', { code: noSuchRow }))
  const { follow } = watched([row(20, 'probe_recorded', { probe, n_done: 2 })], [gone])
  expect((await follow()).map(progressOf)).toMatchObject([{ done: 2, total: 2, percent: 100, eta_s: null }])
})

test('a database that fails is asked again by whoever comes next', async () => {
  const away = () => Promise.reject(new StoreError('unavailable', 'away'))
  const rows = [row(20, 'probe_recorded', { probe, n_done: 1 })]
  const { follow, reads } = watched(rows, [away, () => Promise.resolve(runAs('running'))])
  await expect(follow()).rejects.toThrow('away')
  expect((await follow()).map(progressOf)).toMatchObject([{ eta_s: 60 }])
  expect(reads.n).toBe(2)
})
