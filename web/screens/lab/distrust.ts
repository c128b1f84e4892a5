import type { SweptLevel } from '../../api/sweep-queries.ts'
import { plural, spoken } from '../../format/words.ts'

const limits: Readonly<Record<string, string>> = {
  slots: 'every slot was taken, so that requests had to wait for one',
  late: 'requests were sent later than they were due',
  falling_behind: 'requests were sent later and later',
  cpu: 'the CPU that measures was used up',
  untrusted: 'too many timings say nothing about the endpoint',
  rate: 'less was sent per second than was asked for',
  interrupted: 'nobody worked on it for a while, until another process took it over',
}

/** Something that is to be distrusted of a level. */
export interface Doubt {
  kind: 'limit' | 'window' | 'short'
  /** In a few words, and with what it means. */
  short: string
  text: string
}

/** What is to be distrusted of a level. */
export function doubtsOf({ report, not_made: notMade, load }: SweptLevel): Doubt[] {
  if (report === null) {
    const text = 'none of its calls that count was made'
    return [{ kind: 'short', short: 'not made', text }]
  }
  const missing = `${plural(notMade, 'call')} not made`
  return [
    ...report.client_limits.map((bound) => ({
      kind: 'limit' as const,
      short: 'limited by this machine',
      text: `this machine is the limit, so that it is not ranked: ${limits[bound] ?? spoken(bound)}`,
    })),
    ...('concurrency' in load && report.window === null
      ? [
          {
            kind: 'window' as const,
            short: 'no steady window',
            text: 'no steady window: its rates are of the whole level, filling and draining too',
          },
        ]
      : []),
    ...(notMade > 0 ? [{ kind: 'short' as const, short: missing, text: missing }] : []),
  ]
}
