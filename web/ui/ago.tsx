import { age, utc } from '../format/time.ts'
import { useNow } from './clock.ts'

/** How long ago something was, with the moment in UTC in its title. */
export function Ago({ at }: { at: string }) {
  const now = useNow()
  return (
    <time dateTime={at} title={utc(at)}>
      {age(at, now)}
    </time>
  )
}
