import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { openIncidentsQuery } from '../../api/incident-queries.ts'
import { intervalTexts } from '../../format/interval.ts'
import { spoken } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Degraded } from '../../ui/degraded.tsx'
import { Heading } from '../../ui/heading.tsx'
import { isDegrading } from '../../ui/incident-words.ts'
import { State } from '../../ui/state.tsx'
import { states } from '../../ui/states.ts'
import { regionName } from '../../over-time/series.ts'
import { limitsText, type Target } from './limits.ts'
import { SetInterval } from './set-interval.tsx'
import { SetLimits } from './set-limits.tsx'
import { SetObjectives } from './set-objectives.tsx'
import type { Present, PresentRow } from './view.ts'

/** Which target this is, how it is, and since when. */
export function TargetHeading({
  present,
  rows,
  target,
}: {
  present: Present
  rows: readonly PresentRow[]
  /** As it is set; undefined until it is read. */
  target: Target | undefined
}) {
  const [row] = rows.toSorted((a, b) => states.indexOf(a.state) - states.indexOf(b.state))
  const { provider, model, parameters } = row as PresentRow
  const { name = provider, synthetic = false } = present.providers[provider] ?? {}
  const extra = Object.entries(parameters ?? {}).map(
    ([key, value]) => `${key} ${JSON.stringify(value).replaceAll('"', '')}`,
  )
  return (
    <Heading
      way={
        <>
          <Link to="/">Now</Link> / {name}
        </>
      }
      title={model}
      state={
        row !== undefined && (
          <>
            <State state={row.state} />
            <Degradations rows={rows} />
          </>
        )
      }
      ground={
        <>
          {[
            ...(synthetic ? ['synthetic'] : []),
            ...extra,
            ...(target === undefined ? [] : [...intervalTexts(target), ...limitsText(target.limits)]),
          ].map((each) => (
            <span key={each}>{each}</span>
          ))}
          {row !== undefined && <Why row={row} hasRegions={rows.length > 1} />}
        </>
      }
    >
      <SetLimits target={target} />
      <SetObjectives target={target} />
      <SetInterval target={target} />
    </Heading>
  )
}

/** What is open of it besides that it is down, one of each kind. */
function Degradations({ rows }: { rows: readonly PresentRow[] }) {
  const { data: open } = useQuery(openIncidentsQuery)
  const own = (open ?? []).filter(
    (incident) =>
      !incident.shadow &&
      isDegrading(incident) &&
      rows.some(({ target_id: id, region }) => id === incident.target_id && region === incident.region),
  )
  const kinds = new Map(own.map((incident) => [incident.kind, incident]))
  return [...kinds.values()].map((incident) => <Degraded key={incident.id} incident={incident} />)
}

/** Why it is in its state, since when, and when it was called last. */
function Why({ row: { state, region, since, last }, hasRegions }: { row: PresentRow; hasRegions: boolean }) {
  const isWrong = state === 'down' || state === 'failing'
  return (
    <>
      {isWrong && (
        <span>
          {spoken(last?.error_kind ?? 'failed')}
          {hasRegions && ` in ${regionName(region)}`}
        </span>
      )}
      {since !== null && (
        <span>
          since <Ago at={since} />
        </span>
      )}
      {last !== null && (
        <span>
          last call <Ago at={last.at} />
        </span>
      )}
    </>
  )
}
