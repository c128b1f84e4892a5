import { expect, test } from 'vitest'
import type { Frame } from '../../../src/http/event-stream.ts'
import { withIncidents } from '../../../src/http/live-incidents.ts'

/** Frames that come when they are given, with a way to say that incidents changed. */
function scene() {
  const given: Frame[] = []
  const listeners = new Set<() => void>()
  let wake = Promise.withResolvers<void>()
  let isOver = false
  let isReturned = false
  async function* frames(): AsyncGenerator<Frame, void> {
    try {
      for (;;) {
        const frame = given.shift()
        if (frame !== undefined) yield frame
        else if (isOver) return
        else {
          await wake.promise
          wake = Promise.withResolvers()
        }
      }
    } finally {
      isReturned = true
    }
  }
  const merged = withIncidents(frames(), (listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  })
  return {
    give: (event: string) => {
      given.push({ id: '1-1', event, json: '{}' })
      wake.resolve()
    },
    change: () => listeners.forEach((listener) => listener()),
    end: () => {
      isOver = true
      wake.resolve()
    },
    next: async () => {
      const { value } = await merged.next()
      return value === undefined ? null : [value.event, value.id ?? null]
    },
    state: () => ({ listeners: listeners.size, isReturned }),
  }
}

const changed = ['incidents_changed', null]

test('a change of incidents comes between events, without a cursor, and several at once are one', async () => {
  const { give, change, next } = scene()
  const first = next()
  change()
  expect(await first).toEqual(changed)
  change()
  change()
  expect(await next()).toEqual(changed)
  give('run_started')
  expect(await next()).toEqual(['run_started', '1-1'])
  const waiting = next()
  give('run_finished')
  expect(await waiting).toEqual(['run_finished', '1-1'])
})

test('neither an event nor a change is lost when both come at once', async () => {
  const { give, change, next } = scene()
  const first = next()
  give('run_started')
  change()
  give('run_finished')
  const three = [await first, await next(), await next()]
  expect(three.map((each) => each?.[0])).toEqual(['incidents_changed', 'run_started', 'run_finished'])
})

test('it ends with the events, and leaves nothing behind', async () => {
  const { end, next, state } = scene()
  const last = next()
  expect(state()).toEqual({ listeners: 1, isReturned: false })
  end()
  expect(await last).toBeNull()
  expect(state()).toEqual({ listeners: 0, isReturned: true })
})
