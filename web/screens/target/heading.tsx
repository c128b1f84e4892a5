import { Link } from '@tanstack/react-router'
import { spoken } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Heading } from '../../ui/heading.tsx'
import { State } from '../../ui/state.tsx'
import { states } from '../../ui/states.ts'
import { type Present, type PresentRow, regionName } from './view.ts'

/** Which target this is, how it is, and since when. */
export function TargetHeading({ present, rows }: { present: Present; rows: readonly PresentRow[] }) {
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
      state={row !== undefined && <State state={row.state} />}
      ground={
        <>
          {[...(synthetic ? ['synthetic'] : []), ...extra].map((each) => (
            <span key={each}>{each}</span>
          ))}
          {row !== undefined && <Why row={row} hasRegions={rows.length > 1} />}
        </>
      }
    />
  )
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
