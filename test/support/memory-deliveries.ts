import type { Channel } from '../../src/core/incident.ts'
import type { Delivery, DeliveryStore, Settlement } from '../../src/alerts/delivery-store.ts'

/** A delivery as a database keeps it. Moments are in ms of the store's clock. */
interface KeptDelivery extends Delivery {
  state: Settlement['state'] | 'sending' | 'replaced'
  due: number
  lockedUntil: number
  claimId: string | null
  error: string | null
  sentAt: number | null
}

/** The part of a database that delivering needs, in memory, on a clock that tests set. */
export interface MemoryDeliveries extends DeliveryStore {
  clock: { ms: number }
  rows: KeptDelivery[]
  channels: Channel[]
  add: (...deliveries: Delivery[]) => void
  /** State by id, such as `sent`, or `pending +60 s` from now. */
  states: () => Record<string, string>
}

const waits = ({ state }: KeptDelivery) => state === 'pending' || state === 'held'
const minutes = (count: number) => count * 60_000

/** An empty one, with these channels. */
export function memoryDeliveries(...channels: Channel[]): MemoryDeliveries {
  const clock = { ms: Date.UTC(2026, 10, 5, 13, 20) }
  const rows: KeptDelivery[] = []
  const isOther = (a: KeptDelivery, b: KeptDelivery) =>
    a !== b && a.channel === b.channel && a.incident !== null && a.incident.id === b.incident?.id
  const isFree = (row: KeptDelivery) =>
    row.state === 'sending' ? row.lockedUntil <= clock.ms : waits(row) && row.due <= clock.ms
  const isDue = (row: KeptDelivery) => {
    const others = rows.filter((other) => isOther(row, other) && (waits(other) || other.state === 'sending'))
    const isTold = others.some((other) => other.state === 'sending' && other.lockedUntil > clock.ms)
    if (!isFree(row) || isTold) return false
    const isEnd = row.event === 'resolved'
    return (
      isEnd || others.every((other) => other.event !== 'resolved' && rows.indexOf(other) > rows.indexOf(row))
    )
  }
  const wasSent = (row: KeptDelivery) => rows.some((other) => isOther(row, other) && other.state === 'sent')

  return {
    clock,
    rows,
    channels,
    add: (...deliveries) => {
      for (const delivery of deliveries)
        rows.push({
          ...delivery,
          state: 'pending',
          due: clock.ms,
          lockedUntil: 0,
          claimId: null,
          error: null,
          sentAt: null,
        })
    },
    states: () =>
      Object.fromEntries(
        rows.map((row) => [
          row.id,
          waits(row) ? `${row.state} +${Math.round((row.due - clock.ms) / 1000)} s` : row.state,
        ]),
      ),
    readChannels: () => Promise.resolve({ rows: channels }),
    claimDeliveries: ({ claimId, limit, lockMs }) => {
      const claimed = rows.filter(isDue).slice(0, limit)
      for (const row of claimed) {
        Object.assign(row, { state: 'sending', claimId, lockedUntil: clock.ms + lockMs })
        row.unannounced = row.incident !== null && !wasSent(row)
        if (row.event === 'resolved')
          for (const other of rows.filter((each) => isOther(row, each) && each.state !== 'sent'))
            other.state = 'replaced'
      }
      const names = [...new Set(claimed.map(({ channel }) => channel))]
      const traffic = names.flatMap((channel) => {
        const recent = rows.filter(
          (row) => row.channel === channel && (row.sentAt ?? 0) > clock.ms - minutes(10),
        )
        const moments = new Set(recent.map(({ sentAt }) => sentAt ?? 0))
        return moments.size === 0
          ? []
          : [
              {
                channel,
                messages: moments.size,
                since: new Date(Math.min(...moments)),
                latest: new Date(Math.max(...moments)),
              },
            ]
      })
      return Promise.resolve({ rows: structuredClone(claimed), traffic, now: new Date(clock.ms) })
    },
    settleDeliveries: ({ claimId, ids, state, inMs, attempts, error, disable }) => {
      const settled = rows.filter(
        (row) => ids.includes(row.id) && row.state === 'sending' && row.claimId === claimId,
      )
      for (const row of settled) {
        Object.assign(row, {
          state,
          held: state === 'held',
          claimId: null,
          error,
          due: clock.ms + (inMs ?? 0),
        })
        row.attempts += attempts
        row.sentAt = state === 'sent' ? clock.ms : null
        if (state === 'dead' && row.event === 'opened')
          for (const other of rows.filter((each) => isOther(row, each) && waits(each)))
            other.state = 'replaced'
      }
      const channel = channels.find(({ name }) => name === settled[0]?.channel)
      if (disable && channel !== undefined) channel.enabled = false
      // Two settlements are never made at the same moment.
      clock.ms += 1
      return Promise.resolve({ settled: settled.length })
    },
  }
}
