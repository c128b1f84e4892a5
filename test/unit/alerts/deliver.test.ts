import { expect, test } from 'vitest'
import type { Outcome } from '../../../src/alerts/backoff.ts'
import { deliver, type DeliverParts } from '../../../src/alerts/deliver.ts'
import type { Delivery, Settlement } from '../../../src/alerts/delivery-store.ts'
import type { Message } from '../../../src/alerts/message.ts'
import { channelLike, deliveryLike, incidentLike, linkOf } from '../../support/incidents.ts'
import { memoryDeliveries, type MemoryDeliveries } from '../../support/memory-deliveries.ts'

const failed: Outcome = { kind: 'retry', error: 'answered HTTP 500', afterMs: null }
const refused: Outcome = { kind: 'refused', error: 'answered HTTP 400' }
const gone: Outcome = { kind: 'gone', error: 'answered HTTP 410' }

interface Scene {
  store: MemoryDeliveries
  /** What was sent: the channel and the title. */
  said: string[]
  ids: string[]
  /** Outcomes to come by channel; sent, if there is none. */
  outcomes: Record<string, Outcome[]>
  warnings: string[]
  slept: number[]
  messages: Message[]
  run: (more?: Partial<DeliverParts>) => ReturnType<typeof deliver>
}

function scene(...channels: Parameters<typeof memoryDeliveries>): Scene {
  const store = memoryDeliveries(...(channels.length > 0 ? channels : [channelLike('webhook')]))
  let claims = 0
  const seen: Omit<Scene, 'run'> = {
    store,
    said: [],
    ids: [],
    outcomes: {},
    warnings: [],
    slept: [],
    messages: [],
  }
  const parts: DeliverParts = {
    store,
    send: ({ name }, message) => {
      seen.said.push(`${name}: ${message.title}`)
      seen.ids.push(message.id)
      seen.messages.push(message)
      return Promise.resolve(seen.outcomes[name]?.shift() ?? { kind: 'sent' })
    },
    canSend: () => true,
    fallback: null,
    linkOf,
    now: () => store.clock.ms,
    sleep: (ms) => {
      seen.slept.push(ms)
      store.clock.ms += ms
      return Promise.resolve()
    },
    random: () => 0,
    newId: () => `claim ${(claims += 1)}`,
    log: { warn: (...entry: unknown[]) => void seen.warnings.push(JSON.stringify(entry)) },
  }
  return { ...seen, run: (more = {}) => deliver({ ...parts, ...more }) }
}

let made = 0
/** A delivery about an incident of its own, unless it names one. */
const row = (model: string, more: Partial<Delivery> = {}): Delivery => {
  const subject = { provider: 'openai', model, targetId: null, region: null }
  return deliveryLike({
    id: `row ${(made += 1)}`,
    incident: incidentLike({ id: `incident of ${model}`, subject }),
    ...more,
  })
}
const resolvedOf = (model: string): Delivery => {
  const opened = row(model)
  const resolvedAt = new Date('2026-11-05T12:20:00Z')
  const incident = { ...incidentLike(opened.incident ?? {}), resolvedAt, resolveReason: 'recovered' as const }
  return { ...opened, id: `${opened.id} resolved`, event: 'resolved', at: resolvedAt, incident }
}

test('what is due is sent once, and settled', async () => {
  const { store, run, said } = scene()
  store.add(row('a'), row('b'))
  expect(await run()).toEqual({ sent: 2, waiting: 0, dead: 0 })
  expect(await run()).toEqual({ sent: 0, waiting: 0, dead: 0 })
  expect(said).toEqual(['webhook: a at openai is down', 'webhook: b at openai is down'])
})

test('a failure is tried again after a second, then later, with the same id', async () => {
  const { store, run, outcomes, slept, ids, said } = scene()
  outcomes['webhook'] = [failed, failed]
  store.add(row('a', { id: 'first' }))
  expect(await run()).toEqual({ sent: 0, waiting: 1, dead: 0 })
  expect(slept).toEqual([1000])
  expect(store.states()).toEqual({ first: 'pending +60 s' })
  store.clock.ms += 61_000
  expect(await run()).toEqual({ sent: 1, waiting: 0, dead: 0 })
  expect(ids).toEqual(['first', 'first', 'first'])
  expect(new Set(said).size).toBe(1)
})

test('after about a day of failures a message is given up, and that is logged without more', async () => {
  const { store, run, outcomes, said, warnings } = scene()
  outcomes['webhook'] = Array.from({ length: 20 }, () => failed)
  store.add(row('a', { id: 'first' }))
  for (let hours = 0; hours < 30 * 12; hours += 1) {
    await run()
    store.clock.ms += 300_000
  }
  expect(store.states()).toEqual({ first: 'dead' })
  expect(said.length).toBe(9)
  expect(warnings).toEqual([
    JSON.stringify([
      { kind: 'alert_not_delivered', channel: 'webhook', ids: ['first'] },
      'channel webhook answered HTTP 500: given up',
    ]),
  ])
})

test('what is given up is settled with the channel that is told of it; if there is none of that name, that is logged', async () => {
  const { store, run, outcomes, warnings } = scene(channelLike('webhook'), channelLike('email'))
  const settled: (string | null)[] = []
  const spied = {
    ...store,
    settleDeliveries: (input: Settlement) => {
      settled.push(input.fallback)
      return store.settleDeliveries(input)
    },
  }
  for (const fallback of ['email', 'nobody']) {
    outcomes['webhook'] = [refused, refused]
    store.add(row(fallback))
    await run({ store: spied, fallback })
  }
  expect(settled).toEqual(['email', 'nobody'])
  expect(warnings.filter((warning) => warning.includes('ALERT_FALLBACK'))).toEqual([
    JSON.stringify([
      { kind: 'no_fallback', fallback: 'nobody' },
      'there is no channel nobody: ALERT_FALLBACK names it',
    ]),
  ])
})

test('what keeps one message from a channel keeps those behind it, and no other channel', async () => {
  const { store, run, outcomes, said } = scene(channelLike('webhook'), channelLike('slack'))
  outcomes['webhook'] = [failed, failed]
  store.add(row('a'), row('b'), row('c', { channel: 'slack' }))
  expect(await run()).toEqual({ sent: 1, waiting: 2, dead: 0 })
  expect(said.toSorted()).toEqual([
    'slack: c at openai is down',
    'webhook: a at openai is down',
    'webhook: a at openai is down',
  ])
  expect(Object.values(store.states())).toEqual(['pending +60 s', 'pending +60 s', 'sent'])
})

test('what a channel refuses is given up alone', async () => {
  const { store, run, outcomes, said } = scene()
  outcomes['webhook'] = [refused, refused]
  store.add(row('a'), row('b'))
  expect(await run()).toEqual({ sent: 1, waiting: 0, dead: 1 })
  expect(said).toEqual([
    'webhook: a at openai is down',
    'webhook: a at openai is down',
    'webhook: b at openai is down',
  ])
})

test('a channel whose address is gone is switched off, and told nothing more', async () => {
  const { store, run, outcomes, said } = scene()
  outcomes['webhook'] = [gone]
  store.add(row('a'), row('b'))
  expect(await run()).toEqual({ sent: 0, waiting: 0, dead: 2 })
  store.add(row('c', { id: 'later' }))
  await run()
  expect(said).toEqual(['webhook: a at openai is down'])
  expect(store.channels[0]?.enabled).toBe(false)
  expect(store.rows.find(({ id }) => id === 'later')).toMatchObject({
    state: 'dead',
    error: 'is switched off',
  })
})

test('what is for a channel that does not exist dies with the reason', async () => {
  const { store, run } = scene()
  store.add(row('a', { channel: 'slack' }))
  expect(await run()).toEqual({ sent: 0, waiting: 0, dead: 1 })
  expect(store.rows[0]?.error).toBe('does not exist any more')
})

test('a receiver that asks to wait is asked again when it said', async () => {
  const { store, run, outcomes, slept } = scene()
  outcomes['webhook'] = [{ kind: 'retry', error: 'answered HTTP 429', afterMs: 300_000 }]
  store.add(row('a', { id: 'first' }))
  await run()
  expect(slept).toEqual([])
  expect(store.states()).toEqual({ first: 'pending +300 s' })
})

test('opened goes before resolved, in two messages', async () => {
  const { store, run, said } = scene()
  store.add(row('a'))
  await run()
  store.add(resolvedOf('a'))
  await run()
  expect(said).toEqual(['webhook: a at openai is down', 'webhook: a at openai is up again, after 20 min'])
})

test('an incident that ended before anything of it was sent is one message', async () => {
  const { store, run, said, outcomes } = scene()
  outcomes['webhook'] = [failed, failed]
  store.add(row('a'))
  await run()
  store.add(resolvedOf('a'))
  await run()
  expect(said.at(-1)).toBe('webhook: a at openai was down for 20 min, and is up again')
  store.clock.ms += 3_600_000
  expect(await run()).toEqual({ sent: 0, waiting: 0, dead: 0 })
})

test('if this process ends between sending and settling, the message is repeated under its id', async () => {
  const { store, run, ids } = scene()
  store.add(row('a', { id: 'first' }))
  const dies = { ...store, settleDeliveries: () => Promise.reject(new Error('killed')) }
  await expect(run({ store: dies })).rejects.toThrow('killed')
  // Whoever comes meanwhile leaves it to the one that may still be at it.
  expect(await run()).toEqual({ sent: 0, waiting: 0, dead: 0 })
  store.clock.ms += 120_000
  expect(await run()).toEqual({ sent: 1, waiting: 0, dead: 0 })
  expect(ids).toEqual(['first', 'first'])
})

test('a store that fails for one channel does not keep others from being told', async () => {
  const { store, run, said } = scene(channelLike('webhook'), channelLike('slack'))
  store.add(row('a', { id: 'first' }), row('b', { channel: 'slack', id: 'second' }))
  const settleDeliveries: typeof store.settleDeliveries = (input) =>
    input.ids.includes('first') ? Promise.reject(new Error('lost')) : store.settleDeliveries(input)
  await expect(run({ store: { ...store, settleDeliveries } })).rejects.toThrow('lost')
  expect(store.states()).toEqual({ first: 'sending', second: 'sent' })
  expect(said.length).toBe(2)
})

test('no message is begun after the deadline; what is left is due at once', async () => {
  const { store, run, said } = scene()
  store.add(row('a', { id: 'first' }), row('b', { id: 'second' }))
  const deadline = store.clock.ms + 1
  expect(await run({ deadline })).toEqual({ sent: 1, waiting: 1, dead: 0 })
  expect(said.length).toBe(1)
  expect(store.states()).toEqual({ first: 'sent', second: 'pending +0 s' })
})

test('no message is sent under a lock that has lapsed: the rest is claimed anew', async () => {
  const { store, run } = scene()
  store.add(...Array.from({ length: 5 }, (_, index) => row(`m${index}`)))
  const locked: boolean[] = []
  const send: DeliverParts['send'] = () => {
    store.clock.ms += 35_000
    locked.push(
      store.rows.every(({ state, lockedUntil }) => state !== 'sending' || lockedUntil > store.clock.ms),
    )
    return Promise.resolve({ kind: 'sent' })
  }
  expect(await run({ send })).toMatchObject({ sent: 5, dead: 0 })
  expect(locked).toEqual([true, true, true, true, true])
})

test('a storm is ten messages and a digest a second later', async () => {
  const { store, run, said, messages } = scene()
  store.add(...Array.from({ length: 30 }, (_, index) => row(`m${index}`)))
  expect(await run()).toMatchObject({ sent: 30, dead: 0 })
  expect(said.length).toBe(11)
  expect(messages.at(-2)?.title).toBe('m9 at openai is down')
  expect(messages.at(-1)?.title).toBe('20 notices, the worst: m10 at openai is down')
  store.add(resolvedOf('m0'), resolvedOf('m29'))
  expect(await run()).toMatchObject({ sent: 2, dead: 0 })
  expect(said.length).toBe(12)
  const { text } = messages.at(-1) ?? { text: '' }
  expect(text).toContain('✅ m0 at openai is up again, after 20 min')
  expect(text).toContain('✅ m29 at openai is up again, after 20 min')
})

test('what flaps is told once an hour, and a failed digest is a digest again, under its id', async () => {
  const { store, run, ids, outcomes, said } = scene()
  const flapping = (model: string, id: string) => {
    const one = row(model, { id })
    return { ...one, incident: { ...incidentLike(one.incident ?? {}), flapping: true } }
  }
  store.add(flapping('a', 'first'), flapping('b', 'second'))
  expect(await run()).toEqual({ sent: 0, waiting: 2, dead: 0 })
  // From 13:20 to 14:00, but for the moments that settling takes.
  expect(store.states()).toEqual({ first: 'held +2400 s', second: 'held +2400 s' })
  store.clock.ms += 2_400_000
  outcomes['webhook'] = [failed, failed]
  await run()
  expect(store.states()).toEqual({ first: 'held +60 s', second: 'held +60 s' })
  store.clock.ms += 60_000
  expect(await run()).toEqual({ sent: 2, waiting: 0, dead: 0 })
  expect(said).toEqual(Array.from({ length: 3 }, () => 'webhook: 2 notices, the worst: a at openai is down'))
  expect(new Set(ids).size).toBe(1)
})
