import { expect, test } from 'vitest'
import type { NewText } from '../../../src/probe/live-text.ts'
import type { ProbeRow, RunEvent } from '../../../src/run/events.ts'
import { type LiveTexts, openLiveTexts } from '../../../src/run/live-texts.ts'

const runId = 'run-1'
const probeOf = (id: string): ProbeRow => ({
  id,
  provider: 'openai',
  model: 'gpt-5',
  region: 'local',
  iteration: 1,
  context_tokens: null,
  warmup: false,
})
const news = (textAt: number, text: string, more: Partial<NewText> = {}): NewText => ({
  textAt,
  text,
  reasoningAt: 0,
  reasoning: '',
  flagged: 0,
  ...more,
})
const eventOf = (type: 'run_joined' | 'run_finished') => ({ type, run: { id: runId } }) as RunEvent

/** A run of this process. */
function running(texts: LiveTexts = openLiveTexts()) {
  const job = texts.open()
  job.hear(eventOf('run_joined'))
  /** A call in hand, and what its thread was told. */
  const call = (id: string) => {
    const told: boolean[] = []
    const onlooker = texts.onlookerOf({ runId, probe: probeOf(id) })
    const end = onlooker.begin((isWatched) => told.push(isWatched))
    return { told, end, take: onlooker.take }
  }
  const read = () => {
    const leave = new AbortController()
    const reading = texts.read(runId, leave.signal)
    return { leave, next: async () => (await reading.next()).value ?? null, end: () => reading.return() }
  }
  return { texts, job, call, read }
}

test('nobody is told and nothing is kept until somebody reads, and again when nobody does', async () => {
  const { call, read } = running()
  const { told, take } = call('a')
  take(news(0, 'unseen '))
  expect(told).toEqual([])
  const one = read()
  const first = one.next()
  expect(told).toEqual([true])
  take(news(0, 'unseen before '))
  expect(await first).toMatchObject({
    answers: [{ probe: probeOf('a'), text_at: 0, text: 'unseen before ', is_over: false }],
    lost: 0,
  })
  const other = read()
  expect(await other.next()).toMatchObject({ answers: [{ text: 'unseen before ' }] })
  await one.end()
  expect(told).toEqual([true])
  await other.end()
  expect(told).toEqual([true, false])
})

test('a reader gets each character once, and more at once if it was away', async () => {
  const { call, read } = running()
  const [a, b] = [call('a'), call('b')]
  const reader = read()
  const first = reader.next()
  a.take(news(0, 'One '))
  expect((await first)?.answers).toHaveLength(1)
  a.take(news(4, 'two '))
  b.take(news(0, '', { reasoning: 'Hm. ' }))
  a.take(news(8, 'three'))
  a.end()
  const { answers } = (await reader.next()) ?? { answers: [] }
  expect(answers).toMatchObject([
    { text_at: 4, text: 'two three', is_over: true },
    { text: '', reasoning_at: 0, reasoning: 'Hm. ', is_over: false },
  ])
  // Whoever comes now is shown what is in hand.
  expect((await read().next())?.answers.map(({ probe }) => probe.id)).toEqual(['b'])
})

test('a thread that begins anew repeats nothing and leaves no gap', async () => {
  const { call, read } = running()
  const { take } = call('a')
  const reader = read()
  const first = reader.next()
  take(news(9, 'too early '))
  take(news(0, 'One '))
  expect((await first)?.answers).toMatchObject([{ text: 'One ' }])
  take(news(0, 'One two '))
  expect((await reader.next())?.answers).toMatchObject([{ text_at: 4, text: 'two ' }])
})

test('thinking inside of the text is told apart as soon as it shows', async () => {
  const { call, read } = running()
  const { take } = call('a')
  const reader = read()
  const next = async (at: number, text: string, more: Partial<NewText> = {}) => {
    const coming = reader.next()
    take(news(at, text, more))
    return (await coming)?.answers[0]?.thought
  }
  expect(await next(0, '<think>So ')).toBe(10)
  expect(await next(10, 'it is.</think>\n')).toBe(25)
  expect(await next(25, 'Yes. ')).toBe(25)
  const other = call('b')
  const coming = reader.next()
  other.take(news(0, 'A thought. ', { flagged: 300 }))
  expect((await coming)?.answers[0]?.thought).toBe(11)
})

test('what is kept for a slow reader is bounded, and it is told what it has lost', async () => {
  const { call, read } = running()
  const reader = read()
  const first = reader.next()
  const { take } = call('long')
  take(news(0, 'x'.repeat(1000)))
  await first
  for (let at = 1000; at < 300_000; at += 1000) take(news(at, 'y'.repeat(1000)))
  const kept = 2 ** 17
  const then = await reader.next()
  expect(then?.lost).toBe(300_000 - 1000 - kept)
  expect(then?.answers[0]).toMatchObject({ text_at: 300_000 - kept, text: 'y'.repeat(kept) })
  // Whoever comes late has lost nothing, and sees that it is not the beginning.
  expect(await read().next()).toMatchObject({ answers: [{ text_at: 300_000 - kept }], lost: 0 })
  for (let index = 0; index < 20; index += 1) {
    const { take: tell, end } = call(`call ${index}`)
    tell(news(0, '1234567890'))
    end()
  }
  const last = await reader.next()
  expect([last?.answers.length, last?.lost]).toEqual([16, 40])
})

test('the text of a run ends with it, with its reader, and with the job of this process', async () => {
  const { texts, job, read } = running()
  const [one, two] = [read(), read()]
  const ends = [one.next(), two.next()]
  two.leave.abort()
  expect(await ends[1]).toBeNull()
  expect(texts.isHere(runId)).toBe(true)
  job.hear(eventOf('run_finished'))
  expect(await ends[0]).toBeNull()
  expect(texts.isHere(runId)).toBe(false)
  expect(await read().next()).toBeNull()
  const again = running(texts)
  again.job.close()
  expect(texts.isHere(runId)).toBe(false)
})

test('whoever waits for a run is woken when this process makes it', async () => {
  const texts = openLiveTexts()
  const leave = new AbortController()
  const waits = [texts.whenHere(runId, 60_000, leave.signal), texts.whenHere('run-2', 60_000, leave.signal)]
  running(texts)
  await expect(waits[0]).resolves.toBeUndefined()
  leave.abort()
  await expect(waits[1]).resolves.toBeUndefined()
})
