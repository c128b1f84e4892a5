import { expect, test } from 'vitest'
import { type ConnectListening, keepListening } from '../../../src/store/listening.ts'
import { StoreError } from '../../../src/store/store.ts'

/** Connections that end when a test says so; `refuse` makes the next attempts fail. */
function scripted() {
  const opened: { notify: (payload: string) => void; lose: () => void; isEnded: () => boolean }[] = []
  const pauses: number[] = []
  const heard: (string | null)[] = []
  let refusals = 0
  const connect: ConnectListening = (notify) => {
    if (refusals > 0) {
      refusals -= 1
      return Promise.reject(new StoreError('unavailable', 'gone'))
    }
    const { promise: lost, resolve: lose } = Promise.withResolvers<void>()
    let ended = false
    opened.push({ notify, lose, isEnded: () => ended })
    const end = () => {
      ended = true
      lose()
      return Promise.resolve()
    }
    return Promise.resolve({ lost, end })
  }
  const sleep = (ms: number) => Promise.resolve(pauses.push(ms))
  const listen = () => keepListening(connect, (payload) => heard.push(payload), sleep)
  return { opened, pauses, heard, listen, refuse: (count: number) => (refusals = count) }
}

test('each notification is passed on, and a lost connection is opened again, which is told once', async () => {
  const { opened, heard, listen, pauses } = scripted()
  const listening = await listen()
  opened[0]?.notify('a')
  opened[0]?.lose()
  await expect.poll(() => opened.length).toBe(2)
  opened[1]?.notify('b')
  expect(heard).toEqual(['a', null, 'b'])
  expect(pauses).toEqual([250])
  await listening.close()
})

test('pauses grow to ten seconds while the database is away, and begin anew', async () => {
  const { opened, heard, listen, pauses, refuse } = scripted()
  const listening = await listen()
  refuse(7)
  opened[0]?.lose()
  await expect.poll(() => opened.length).toBe(2)
  opened[1]?.lose()
  await expect.poll(() => opened.length).toBe(3)
  expect(pauses).toEqual([250, 500, 1000, 2000, 5000, 10_000, 10_000, 10_000, 250])
  expect(heard).toEqual([null, null])
  await listening.close()
})

test('a first connection that fails rejects', async () => {
  const { listen, refuse } = scripted()
  refuse(1)
  await expect(listen()).rejects.toMatchObject({ kind: 'unavailable' })
})

test('closing ends the connection, and opens none', async () => {
  const { opened, heard, listen } = scripted()
  await (await listen()).close()
  await new Promise((resolve) => setImmediate(resolve))
  expect(opened.map(({ isEnded }) => isEnded())).toEqual([true])
  expect(heard).toEqual([])
})

test('closing while a connection is being opened ends that one, too', async () => {
  const { opened, heard, listen } = scripted()
  const listening = await listen()
  opened[0]?.lose()
  await Promise.resolve()
  await listening.close()
  await new Promise((resolve) => setImmediate(resolve))
  expect(opened.filter(({ isEnded }) => !isEnded()).slice(1)).toEqual([])
  expect(heard).toEqual([])
})
