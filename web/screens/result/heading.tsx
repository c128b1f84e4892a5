import { Link } from '@tanstack/react-router'
import { clock, day, utc } from '../../format/time.ts'
import { spoken } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { useNow } from '../../ui/clock.ts'
import { Heading } from '../../ui/heading.tsx'
import { State } from '../../ui/state.tsx'
import styles from './result.module.css'
import type { InFull } from './stream.ts'

const dayMs = 86_400_000

const faults: Readonly<Record<string, string>> = {
  provider: 'fault of the provider',
  account: 'fault of our account',
  config: 'fault of our settings',
  excluded: 'fault of nobody',
  self: 'fault of this machine',
}

/** Which call this is, and how it ended. */
export function ResultHeading({ result, run }: Pick<InFull, 'result' | 'run'>) {
  const now = useNow()
  const { success, error_kind: kind, error_message: message } = result
  const at = result.started_at ?? result.created_at
  // Its age is its date afterwards, which the title says.
  const isRecent = now.getTime() - Date.parse(at) <= 2 * dayMs
  const word = spoken(kind ?? 'failed')
  return (
    <>
      <Heading
        way={<Path result={result} />}
        title={
          <time dateTime={at} title={utc(at)}>
            {day(at, now)}, {clock(at)}
          </time>
        }
        state={
          success ? (
            <State state="up" note="The call succeeded" label="answered" />
          ) : (
            <State state="down" note="The call failed" label={word} />
          )
        }
        ground={
          <>
            {isRecent && (
              <span>
                <Ago at={at} />
              </span>
            )}
            {wordsOf(result, run).map((each) => (
              <span key={each}>{each}</span>
            ))}
          </>
        }
      />
      {message !== null && <p className={styles.error}>{message}</p>}
    </>
  )
}

function Path({ result: { model, target_id: target, region, provider_name: name, provider } }: Given) {
  return (
    <>
      <Link to="/">Now</Link> / {name ?? provider ?? 'unknown provider'} /{' '}
      {target === null ? (
        model
      ) : (
        <Link to="/targets/$id" params={{ id: target }} search={region === null ? {} : { region }}>
          {model}
        </Link>
      )}
    </>
  )
}

type Given = Pick<InFull, 'result'>

/** From where it was called, of which kind it is, and whose fault a failure was. */
const wordsOf = ({ region, synthetic, warmup, fault_domain: fault }: Given['result'], run: InFull['run']) => [
  ...(region === null ? [] : [`from ${region}`]),
  ...(synthetic ? ['synthetic'] : []),
  ...(warmup ? ['a warm-up: in no statistic'] : []),
  ...(fault === null ? [] : [faults[fault] ?? fault]),
  run.run_name,
]
