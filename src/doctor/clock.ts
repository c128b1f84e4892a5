import type { Check } from '../core/check.ts'
import { ok, warn } from './check.ts'
import type { Asked } from './store.ts'

/** What both clocks may differ by before rows and slots are misleading, in ms. */
const mostSkewMs = 1000

/** How far our clock is from that of the database. Half the round trip is how far that may be wrong. */
export function clockCheck({ health, middle, roundTripMs }: Asked): Check {
  const skewMs = middle.getTime() - health.now.getTime()
  const uncertaintyMs = roundTripMs / 2
  const text = `${seconds(Math.abs(skewMs))} ${skewMs < 0 ? 'behind' : 'ahead of'} the database's, give or take ${seconds(uncertaintyMs)}`
  return Math.abs(skewMs) > Math.max(mostSkewMs, uncertaintyMs)
    ? warn(
        'clock',
        `this machine's is ${text}`,
        'synchronise it (NTP): slots and times are those of this machine',
      )
    : ok('clock', text)
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)} s`
