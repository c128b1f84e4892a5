import { array, assert, asyncProperty, boolean, constantFrom, infiniteStream, nat, oneof } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type EventRow, isPast } from '../../../src/store/event-codec.ts'
import { type EventFeed, type FeedParts, openEventFeed } from '../../../src/store/event-feed.ts'
import { type Store, StoreError } from '../../../src/store/store.ts'
import { EventLog, heldPauses, settle, type Transaction } from '../../support/event-log.ts'
import { tries } from '../../support/properties.ts'

/** A feed over a log, and watchers that keep the ids they have seen. */
function watched(more: Partial<FeedParts> = {}, log = new EventLog()) {
  const pauses = heldPauses()
  const feed = openEventFeed({ listEvents: log.listEvents, listen: log.listen, sleep: pauses.sleep, ...more })
  const watch = (runId: string | null, after: string | null = null) => watcher(feed, runId, after)
  return { log, feed, pauses, watch }
}

function watcher(feed: EventFeed, runId: string | null, after: string | null) {
  const leaving = new AbortController()
  const seen: string[] = []
  const done = (async () => {
    for await (const { id } of feed.watch({ runId, after, signal: leaving.signal })) seen.push(id)
  })()
  const leave = async () => {
    leaving.abort()
    await done
  }
  return { seen, done, leave }
}

test('cursors are compared as numbers, beyond what a double holds', () => {
  expect(isPast('10-1', '9-1')).toBe(true)
  expect(isPast('9-10', '9-9')).toBe(true)
  expect(isPast('9-9', '9-9')).toBe(false)
  expect(isPast('9007199254740993-1', '9007199254740992-1')).toBe(true)
})

test('a watcher of a run sees what happened before and what happens then, and nothing of others', async () => {
  const { log, feed, watch } = watched()
  log.add('a', 'b')
  const { seen } = watch('a')
  await settle()
  log.add('b')
  log.add('a')
  await settle()
  expect(seen).toEqual(log.idsOf('a'))
  expect(seen).toHaveLength(2)
  await feed.close()
})

test('a watcher of all runs sees what happens from now on', async () => {
  const { log, feed, watch } = watched()
  log.add('a')
  const { seen } = watch(null)
  await settle()
  log.add('b')
  log.add('a')
  await settle()
  expect(seen).toEqual(log.idsOf(null).slice(1))
  await feed.close()
})

test('two hundred watchers cost one read an event', async () => {
  const { log, feed, watch } = watched()
  const watchers = Array.from({ length: 200 }, (_, index) => watch(index % 2 === 0 ? 'a' : null))
  await settle()
  log.reads.length = 0
  for (let event = 0; event < 10; event += 1) {
    log.add('a')
    await settle()
  }
  expect(log.reads).toHaveLength(10)
  for (const { seen } of watchers) expect(seen).toEqual(log.idsOf('a'))
  await feed.close()
})

test('without watchers nothing is read', async () => {
  const { log, feed, pauses, watch } = watched()
  const { leave } = watch('a')
  await settle()
  await leave()
  await settle()
  log.reads.length = 0
  log.add('a')
  pauses.pass()
  await settle()
  expect(log.reads).toEqual([])
  expect(pauses.lengths()).toEqual([])
  await feed.close()
})

describe('how often it reads though nothing told it to', () => {
  test('every 30 s once a notification has come, every second before', async () => {
    const { log, feed, pauses, watch } = watched()
    watch('a')
    await settle()
    expect(pauses.lengths()).toEqual([1000])
    log.add('a')
    await settle()
    expect(pauses.lengths()).toEqual([30_000])
    await feed.close()
  })

  test('every second over a pooler that takes LISTEN and never notifies, also once it has reconnected', async () => {
    let reconnected: (payload: string | null) => void = () => undefined
    const listen: FeedParts['listen'] = (_, onNotify) => {
      reconnected = onNotify
      return Promise.resolve({ close: () => Promise.resolve() })
    }
    const { log, feed, pauses, watch } = watched({ listen })
    const { seen } = watch('a')
    await settle()
    log.add('a')
    pauses.pass()
    await settle()
    reconnected(null)
    await settle()
    expect(seen).toEqual(log.idsOf('a'))
    expect(pauses.lengths()).toEqual([1000])
    await feed.close()
  })

  test('every 500 ms if it cannot listen', async () => {
    const { log, feed, pauses, watch } = watched({ listen: null })
    const { seen } = watch('a')
    await settle()
    log.add('a')
    expect(pauses.lengths()).toEqual([500])
    pauses.pass()
    await settle()
    expect(seen).toEqual(log.idsOf('a'))
    await feed.close()
  })

  test('every 500 ms while listening fails, which is tried again', async () => {
    const log = new EventLog()
    let failures = 1
    const listen: FeedParts['listen'] = (...input) =>
      failures-- > 0 ? Promise.reject(new StoreError('unavailable', 'no')) : log.listen(...input)
    const { feed, pauses, watch } = watched({ listen }, log)
    watch('a')
    await settle()
    expect(pauses.lengths().toSorted((a, b) => a - b)).toEqual([500, 30_000])
    pauses.pass()
    await settle()
    expect(pauses.lengths()).toEqual([1000])
    await feed.close()
  })

  test('soon, and ever less often, while an older transaction hides events', async () => {
    const { log, feed, pauses, watch } = watched()
    const { seen } = watch('a')
    await settle()
    const older = log.begin()
    log.add('a')
    const lengths: number[] = []
    for (let turn = 0; turn < 8; turn += 1) {
      await settle()
      lengths.push(...pauses.lengths())
      pauses.pass()
    }
    expect(lengths).toEqual([50, 100, 200, 400, 800, 1000, 1000, 1000])
    older.rollback()
    await settle()
    pauses.pass()
    await settle()
    expect(seen).toEqual(log.idsOf('a'))
    expect(pauses.lengths()).toEqual([30_000])
    await feed.close()
  })
})

describe('a database that', () => {
  test('is unreachable for a while delays events', async () => {
    const log = new EventLog()
    let isAway = false
    const listEvents: Store['listEvents'] = (input) =>
      isAway ? Promise.reject(new StoreError('unavailable', 'away')) : log.listEvents(input)
    const { feed, pauses, watch } = watched({ listEvents }, log)
    const early = watch('a')
    await settle()
    isAway = true
    const late = watch('a')
    log.add('a')
    await settle()
    isAway = false
    for (let turn = 0; turn < 4; turn += 1) {
      pauses.pass()
      await settle()
    }
    for (const { seen } of [early, late]) expect(seen).toEqual(log.idsOf('a'))
    await feed.close()
  })

  test('refuses ends its watchers with its error, and later ones ask again', async () => {
    const log = new EventLog()
    let refuses = true
    const listEvents: Store['listEvents'] = (input) =>
      refuses ? Promise.reject(new StoreError('missing', 'no such function')) : log.listEvents(input)
    const { feed, watch } = watched({ listEvents }, log)
    const refused = { kind: 'missing' }
    await Promise.all([
      expect(watch('a').done).rejects.toMatchObject(refused),
      expect(watch(null).done).rejects.toMatchObject(refused),
    ])
    refuses = false
    log.add('a')
    const { seen } = watch('a')
    await settle()
    expect(seen).toEqual(log.idsOf('a'))
    await feed.close()
  })
})

test('a watcher leaves while the database does not answer', async () => {
  const { feed, watch } = watched({ listEvents: () => new Promise(() => undefined) })
  const { leave } = watch('a')
  await settle()
  expect(await leave()).toBeUndefined()
  await feed.close()
})

test('closing ends every watcher', async () => {
  const { feed, watch } = watched()
  const [one, other] = [watch('a'), watch(null)]
  await settle()
  await feed.close()
  await Promise.all([one.done, other.done])
  expect(await feed.watch({ runId: 'a', after: null, signal: new AbortController().signal }).next()).toEqual({
    done: true,
    value: undefined,
  })
})

test('a watcher that does not read holds no more than its inbox, and misses nothing', async () => {
  const { log, feed, watch } = watched({ inboxSize: 10 })
  watch(null)
  const leaving = new AbortController()
  const slow = feed.watch({ runId: 'a', after: null, signal: leaving.signal })
  const seen: string[] = []
  const read = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      const { value } = await slow.next()
      if (value !== undefined) seen.push((value satisfies EventRow).id)
    }
  }
  log.add('a')
  await read(1)
  await settle()
  for (let event = 0; event < 1000; event += 1) {
    log.add('a')
    if (event % 100 === 0) await settle()
  }
  await settle()
  log.reads.length = 0
  await read(1000)
  expect(seen).toEqual(log.idsOf('a'))
  // What it was sent was thrown away: it has read all of it again.
  expect(log.reads.filter(({ runId }) => runId === 'a').length).toBeGreaterThanOrEqual(5)
  await feed.close()
})

/** What happens between two moments of a run. */
type Step =
  | 'begin'
  | 'add'
  | 'commit'
  | 'rollback'
  | 'notify'
  | 'lose'
  | 'repeat'
  | 'pass'
  | 'answer'
  | 'settle'
  | 'drop'

const steps = array(
  oneof(
    { weight: 6, arbitrary: constantFrom<Step>('begin', 'add', 'add', 'commit', 'commit') },
    {
      weight: 5,
      arbitrary: constantFrom<Step>(
        'rollback',
        'notify',
        'lose',
        'repeat',
        'pass',
        'answer',
        'answer',
        'settle',
        'drop',
      ),
    },
  ),
  { minLength: 50, maxLength: 300 },
)

test('whoever comes, drops and resumes sees every event once and in order, whatever the interleaving', async () => {
  const runs = ['a', 'b']
  await assert(
    asyncProperty(steps, infiniteStream(nat()), boolean(), async (script, dice, hears) => {
      const log = new EventLog()
      const answers = heldPauses()
      // Reads reach the database in any order, and what is read is older than its answer.
      const listEvents: Store['listEvents'] = async (input) => {
        await answers.sleep(0, new AbortController().signal)
        const page = await log.listEvents(input)
        await answers.sleep(0, new AbortController().signal)
        return page
      }
      const listen = hears ? log.listen : null
      const { feed, pauses, watch } = watched({ listEvents, listen, inboxSize: 3 }, log)
      const draw = (below: number): number => (dice.next().value ?? 0) % below
      const open: Transaction[] = []
      const take = () => open.splice(draw(Math.max(1, open.length)), 1)[0]
      const seen: Record<string, string[]> = { a: [], b: [] }
      const current = Object.fromEntries(runs.map((run) => [run, watch(run)]))
      const resume = async (run: string) => {
        const left = current[run]?.leave()
        for (let turn = 0; turn < 6; turn += 1) {
          answers.pass()
          await settle()
        }
        await left
        seen[run]?.push(...(current[run]?.seen ?? []))
        current[run] = watch(run, seen[run]?.at(-1) ?? null)
      }
      const perform: Record<Step, () => unknown> = {
        begin: () => open.push(log.begin()),
        add: () => {
          if (open.length === 0) open.push(log.begin())
          open[draw(open.length)]?.add(runs[draw(2)] ?? 'a')
        },
        commit: () => take()?.commit(),
        rollback: () => take()?.rollback(),
        notify: () => log.notify(),
        lose: () => (log.notifications.length = 0),
        repeat: () => {
          log.notifications.push(...log.notifications, 'a')
          log.notify()
        },
        pass: () => pauses.pass(),
        answer: async () => {
          answers.passOne(draw(9))
          await settle()
        },
        settle,
        drop: () => resume(runs[draw(2)] ?? 'a'),
      }
      for (const step of script) await perform[step]()
      while (open.length > 0) open.pop()?.commit()
      for (let turn = 0; turn < 40; turn += 1) {
        pauses.pass()
        answers.pass()
        await settle()
      }
      for (const run of runs) {
        await resume(run)
        expect(seen[run]).toEqual(log.idsOf(run))
      }
      await feed.close()
    }),
    { numRuns: tries(150) },
  )
})

test('a watcher that drops at any point of a run of 50 probes and resumes with its last id misses nothing', async () => {
  const total = 102
  for (let point = 0; point <= total; point += 1) {
    const { log, feed, pauses, watch } = watched()
    const first = watch('run')
    await settle()
    for (let event = 0; event < point; event += 1) log.add('run')
    await settle()
    await first.leave()
    for (let event = point; event < total; event += 2) log.add('run', 'run')
    const second = watch('run', first.seen.at(-1) ?? null)
    pauses.pass()
    await settle()
    expect([...first.seen, ...second.seen]).toEqual(log.idsOf('run'))
    await feed.close()
  }
})
