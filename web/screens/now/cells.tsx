import { Link } from '@tanstack/react-router'
import { duration } from '../../format/numbers.ts'
import { utc } from '../../format/time.ts'
import { plural, spoken } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Degraded } from '../../ui/degraded.tsx'
import { isDegrading } from '../../ui/incident-words.ts'
import { Sparkline } from '../../ui/sparkline.tsx'
import { State } from '../../ui/state.tsx'
import styles from './now.module.css'
import type { NowRow } from './view.ts'

/** Which target a row is, and how many answers its medians rest on. */
export function Name({ row, hasRegions }: { row: NowRow; hasRegions: boolean }) {
  const { target_id, providerName, model, region, synthetic, parameters, typical } = row
  const extra = Object.entries(parameters ?? {}).map(
    ([name, value]) => `${name} ${JSON.stringify(value).replaceAll('"', '')}`,
  )
  // What tells rows apart comes first, because the rest may be cut.
  const about = [
    ...(hasRegions && region !== null ? [region] : []),
    providerName,
    ...(synthetic && providerName.toLowerCase() !== 'synthetic' ? ['synthetic'] : []),
    ...extra,
  ]
  return (
    <span className={styles.name}>
      <Link
        to="/targets/$id"
        params={{ id: target_id }}
        search={hasRegions && region !== null ? { region } : {}}
        className={styles.model}
        title={model}
      >
        {model}
      </Link>
      <span className={styles.about}>
        <span>{about.join(' · ')}</span>
        <span className={styles.ground}>n {typical?.n ?? 0}</span>
      </span>
    </span>
  )
}

/** The state of a row, what is wrong with it, which leads to its incident, and when it was called last. */
export function StateOf({ row: { state, incident, ...row } }: { row: NowRow }) {
  return (
    <span className={styles.state}>
      <State state={state} />
      {incident !== null && isDegrading(incident) ? (
        <Degraded incident={incident} />
      ) : (
        row.last !== null && <Why row={{ ...row, state, incident }} last={row.last} />
      )}
    </span>
  )
}

function Why({ row: { state, since, incident }, last }: { row: NowRow; last: NonNullable<NowRow['last']> }) {
  const error = last.error_kind
  const isWrong = state === 'down' || state === 'failing'
  if (!isWrong || error === null)
    return (
      <span className={styles.why}>
        <Ago at={last.at} />
      </span>
    )
  const about = `${spoken(error)}${since === null ? '' : `, since ${utc(since)}`}; last call ${utc(last.at)}`
  return incident === null ? (
    <span className={styles.why} title={about}>
      {spoken(error)}
    </span>
  ) : (
    <Link to="/incidents/$id" params={{ id: incident.id }} className={styles.why} title={about}>
      {spoken(error)}
    </Link>
  )
}

/** 24 hours of a row as a line. */
export function Spark({
  row: { ttft_24h: values, failed_24h: failures, typical },
  gaps,
}: {
  row: NowRow
  gaps: readonly number[]
}) {
  const missing = values.filter((value) => value === null).length
  const n = failures.reduce((total, [, each = 0]) => total + each, 0)
  const label = `TTFT of 24 h: median ${duration(typical?.ttft_ms)}, ${plural(n, 'failure')}, nothing measured in ${missing} of ${values.length} quarters of an hour`
  return <Sparkline values={values} failures={failures} gaps={gaps} label={label} />
}
