import type { Check } from '../core/check.ts'
import { ok, warn } from './check.ts'
import type { HealthReading } from './store.ts'

/** The skew, in ms, above which rows and slots are misleading. */
const maxSkewMs = 1000

/** The skew of our clock against the database's; uncertain by half the round trip. */
export function clockCheck({ health, middle, roundTripMs }: HealthReading): Check {
  const skewMs = middle.getTime() - health.now.getTime()
  const uncertaintyMs = roundTripMs / 2
  const text = `${seconds(Math.abs(skewMs))} ${skewMs < 0 ? 'behind' : 'ahead of'} the database's, give or take ${seconds(uncertaintyMs)}`
  return Math.abs(skewMs) > Math.max(maxSkewMs, uncertaintyMs)
    ? warn(
        'clock',
        `this machine's is ${text}`,
        'synchronize it (NTP): slots and times come from this machine',
      )
    : ok('clock', text)
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)} s`
