import { expect, test } from 'vitest'
import type { ProxyRecord } from '../../../src/core/proxy-record.ts'
import { createRecorder } from '../../../src/proxy/recorder.ts'
import type { MeasuredRequests } from '../../../src/store/proxy-codec.ts'
import { StoreError } from '../../../src/store/store.ts'
import { sampleRecord, sampleText } from '../../support/proxy-records.ts'

/** What a store answers to a batch; `wait` until it is told to go on. */
type Answer = 'takes' | 'refuses first' | 'wait' | Error

const away = new StoreError('unavailable', 'no answer')

/** A recorder over a store that answers so, one after another, the last one for ever, and over timers that are set off by hand. */
function recording(...answers: Answer[]) {
  const timers = new Map<number, { ms: number; act: () => void }>()
  let [ids, inFlight, most] = [0, 0, 0]
  const batches: number[] = []
  const logged: string[] = []
  const going: (() => void)[] = []
  const answer = async (rows: readonly ProxyRecord[]) => {
    const next = (answers.length > 1 ? answers.shift() : answers[0]) ?? 'takes'
    if (next instanceof Error) throw next
    if (next === 'wait') await new Promise<void>((resolve) => going.push(resolve))
    const refused = next === 'refuses first' ? [{ id: rows[0]?.id ?? null, reason: 'no' }] : []
    return { recorded: rows.length - refused.length, refused }
  }
  const textBatches: number[] = []
  const recordProxyRequests = async ({ rows, texts = [] }: MeasuredRequests) => {
    batches.push(rows.length)
    textBatches.push(texts.length)
    most = Math.max(most, (inFlight += 1))
    return answer(rows).finally(() => (inFlight -= 1))
  }
  const log = (first: object | string, message = '') =>
    void logged.push(typeof first === 'string' ? first : message)
  const recorder = createRecorder({
    openStore: async () => ({ recordProxyRequests }),
    log: { warn: log, error: log },
    after: (ms, act) => {
      const id = (ids += 1)
      timers.set(id, { ms, act })
      return () => timers.delete(id)
    },
  })
  /** How long the timers that are set wait. */
  const pauses = () => [...timers.values()].map(({ ms }) => ms)
  /** All promises that can settle have. */
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  const ring = async () => {
    const due = [...timers.entries()]
    for (const [id, { act }] of due) {
      timers.delete(id)
      act()
    }
    await settled()
  }
  const keep = (n: number) => Array.from({ length: n }, () => recorder.keep(sampleRecord(), null))
  /** Keeps requests whose answers are so long. */
  const keepTexts = (n: number, characters: number) => {
    const text = sampleText({ messages: [], reasoningText: '', answerText: 'x'.repeat(characters) })
    for (let each = 0; each < n; each += 1) recorder.keep(sampleRecord(), text)
  }
  const goOn = async () => {
    going.shift()?.()
    await settled()
  }
  const kept = { batches, textBatches, logged, mostInFlight: () => most }
  return { recorder, keep, keepTexts, ring, pauses, goOn, settled, ...kept }
}

test('records wait a second for others, and are written as one batch', async () => {
  const { recorder, keep, ring, pauses, batches } = recording('takes')
  keep(3)
  expect(pauses()).toEqual([1000])
  expect(recorder.counts()).toEqual({ kept: 0, dropped: 0, waiting: 3 })
  await ring()
  expect(batches).toEqual([3])
  expect(recorder.counts()).toEqual({ kept: 3, dropped: 0, waiting: 0 })
  expect(pauses()).toEqual([])
})

test('two hundred do not wait, and no batch is larger', async () => {
  const { keep, ring, pauses, batches } = recording('takes')
  keep(450)
  expect(pauses()).toEqual([0])
  await ring()
  expect(pauses()).toEqual([0])
  await ring()
  expect(pauses()).toEqual([1000])
  await ring()
  expect(batches).toEqual([200, 200, 50])
})

test('a store that is slow has one write at a time, and what does not fit is dropped, the newest', async () => {
  const { recorder, keep, ring, goOn, batches, mostInFlight } = recording('wait', 'takes')
  keep(200)
  await ring()
  keep(1801)
  expect(recorder.counts()).toEqual({ kept: 0, dropped: 1, waiting: 2000 })
  await ring()
  expect(batches).toEqual([200])
  await goOn()
  expect(recorder.counts()).toEqual({ kept: 200, dropped: 1, waiting: 1800 })
  for (let more = 0; more < 9; more += 1) await ring()
  expect(recorder.counts()).toEqual({ kept: 2000, dropped: 1, waiting: 0 })
  expect(mostInFlight()).toBe(1)
})

test('while the store is away records wait, with pauses that grow, and are written when it is back', async () => {
  const { recorder, keep, ring, pauses, logged } = recording(away, away, away, 'takes')
  keep(5)
  await ring()
  const waited: number[][] = []
  for (let more = 0; more < 3; more += 1) {
    keep(100)
    waited.push(pauses())
    await ring()
  }
  expect(waited).toEqual([[1000], [2000], [4000]])
  expect(recorder.counts()).toEqual({ kept: 200, dropped: 0, waiting: 105 })
  expect(logged).toEqual(['the database takes no proxy requests: they wait'])
  expect(pauses()).toEqual([1000])
})

test('a batch that will never be taken is dropped and counted, as is a single row, and the next one is written', async () => {
  const refusal = new StoreError('too_large', 'no', { code: '54000' })
  const { recorder, keep, ring, logged } = recording(refusal, new Error('a bug'), 'refuses first', 'takes')
  for (const n of [3, 2, 4, 1]) {
    keep(n)
    await ring()
  }
  expect(recorder.counts()).toEqual({ kept: 4, dropped: 6, waiting: 0 })
  expect(logged).toEqual(Array.from({ length: 3 }, () => 'the database refuses proxy requests'))
})

test('texts are written with their requests, about a million characters at once, which do not wait', async () => {
  const { keepTexts, keep, ring, pauses, batches, textBatches } = recording('takes')
  keepTexts(1, 100)
  keep(1)
  expect(pauses()).toEqual([1000])
  keepTexts(20, 2 ** 16)
  expect(pauses()).toEqual([0])
  await ring()
  await ring()
  // 15 of 64 Ki and the short one; with the 16th they would be more than a Mi.
  expect(batches).toEqual([17, 5])
  expect(textBatches).toEqual([16, 5])
})

test('while a store is slow sixteen million characters wait; later requests are kept without their texts, which is told', async () => {
  const { recorder, keepTexts, ring, goOn, textBatches, logged } = recording('wait', 'takes')
  keepTexts(20, 2 ** 20)
  await ring()
  await goOn()
  while (recorder.counts().waiting > 0) await ring()
  expect(recorder.counts()).toEqual({ kept: 20, dropped: 0, waiting: 0 })
  expect(textBatches.reduce((sum, n) => sum + n)).toBe(16)
  expect(logged).toEqual(['proxy requests were kept without their texts'])
  // What was written makes room.
  keepTexts(1, 2 ** 20)
  await ring()
  expect(textBatches.at(-1)).toBe(1)
})

test('texts that are too large for the database are left out, and their requests are kept', async () => {
  const { recorder, keepTexts, ring, textBatches, logged } = recording(
    new StoreError('too_large', 'no', { code: '54000' }),
    'takes',
  )
  keepTexts(3, 1000)
  await ring()
  expect(recorder.counts()).toEqual({ kept: 3, dropped: 0, waiting: 0 })
  expect(textBatches).toEqual([3, 0])
  expect(logged).toEqual(['proxy requests were kept without their texts'])
})

test('a store that cannot be opened is asked again', async () => {
  let opened = 0
  const seen: (() => void)[] = []
  const recorder = createRecorder({
    openStore: async () => {
      opened += 1
      if (opened === 1) throw new StoreError('denied', 'wrong password', { code: '28P01' })
      return { recordProxyRequests: async ({ rows }) => ({ recorded: rows.length, refused: [] }) }
    },
    log: { warn: () => undefined, error: () => undefined },
    after: (_, act) => {
      seen.push(act)
      return () => undefined
    },
  })
  recorder.keep(sampleRecord(), null)
  for (const tries of [1, 2]) {
    await new Promise<void>((resolve) => setImmediate(resolve))
    seen.shift()?.()
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(opened).toBe(tries)
  }
  expect(recorder.counts()).toEqual({ kept: 1, dropped: 0, waiting: 0 })
})

test('closing writes what waits, batch after batch, and takes nothing more', async () => {
  const { recorder, keep, pauses, batches } = recording('takes')
  keep(250)
  await recorder.close()
  expect(batches).toEqual([200, 50])
  keep(2)
  expect(recorder.counts()).toEqual({ kept: 250, dropped: 2, waiting: 0 })
  expect(pauses()).toEqual([])
})

test('closing waits five seconds at most for a store that is silent, and asks one that was away once more', async () => {
  const silent = recording('wait', 'takes')
  silent.keep(3)
  const closing = silent.recorder.close()
  await silent.settled()
  expect(silent.pauses()).toEqual([5000])
  await silent.ring()
  await closing
  expect(silent.recorder.counts()).toEqual({ kept: 0, dropped: 3, waiting: 0 })
  // Its answer comes too late to count.
  await silent.goOn()
  expect(silent.recorder.counts()).toEqual({ kept: 0, dropped: 3, waiting: 0 })

  const gone = recording(away)
  gone.keep(3)
  await gone.ring()
  await gone.recorder.close()
  expect(gone.batches).toEqual([3, 3])
  expect(gone.recorder.counts()).toEqual({ kept: 0, dropped: 3, waiting: 0 })
  expect(gone.pauses()).toEqual([])
})
