import { clock, day, utc } from '../format/time.ts'
import { useNow } from './clock.ts'

/** `12 Nov, 14:02`, with the moment in UTC in its title. */
export function Moment({ at }: { at: string }) {
  const now = useNow()
  return (
    <time dateTime={at} title={utc(at)}>
      {day(at, now)}, {clock(at)}
    </time>
  )
}
