import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { isMissing } from '../../api/client.ts'
import { resultQuery } from '../../api/target-queries.ts'
import { isId } from '../../format/words.ts'
import { PartHeading } from '../../ui/heading.tsx'
import { PhaseBar } from '../../ui/phase-bar.tsx'
import { phasesOf } from '../../ui/phases.ts'
import { Panel } from '../../ui/panel.tsx'
import { Details } from './details.tsx'
import { ResultHeading } from './heading.tsx'
import { Numbers } from './numbers.tsx'
import styles from './result.module.css'
import type { ResultSearch } from './search.ts'
import type { InFull } from './stream.ts'
import { Text } from './text.tsx'
import { Timeline } from './timeline.tsx'
import { Unknown } from './unknown.tsx'
import { usePlay } from './use-play.ts'

const route = getRouteApi('/results/$id')

/** The screen of a result: one call in full, from the socket to the last token. */
export function Result() {
  const { id } = route.useParams()
  return <One key={id} id={id} />
}

function One({ id }: { id: string }) {
  const { text = false } = route.useSearch()
  const read = useQuery({ ...resultQuery(id, text), enabled: isId(id) })
  if (!isId(id) || isMissing(read.error)) return <Unknown id={id} />
  return (
    <Panel read={read} height={700}>
      {(inFull) => <Known inFull={inFull} />}
    </Panel>
  )
}

function Known({ inFull: { result, run, timeline } }: { inFull: InFull }) {
  const { text = false, view } = route.useSearch()
  const navigate = route.useNavigate()
  const show = (change: ResultSearch) => void navigate({ search: change, replace: true, resetScroll: false })
  const play = usePlay(timeline?.end_ms ?? 0)
  const chosen = { ...(text && { text }), ...(view && { view }) }
  const turned: ResultSearch = view === 'table' ? {} : { view: 'table' }
  return (
    <>
      <ResultHeading result={result} run={run} />
      <Numbers result={result} />
      {timeline === null ? (
        <section className={styles.panel} aria-labelledby="phases">
          <PartHeading
            id="phases"
            title="Phases"
            ground="no timeline of this call is kept: they go before the numbers do"
          />
          <PhaseBar phases={phasesOf(result)} />
        </section>
      ) : (
        <Timeline
          result={result}
          timeline={timeline}
          play={play}
          isTable={view === 'table'}
          onTable={() => show({ ...(text && { text }), ...turned })}
        />
      )}
      <div className={styles.halves}>
        <Text
          result={result}
          timeline={timeline}
          play={play}
          isShown={text}
          onShow={() => show({ ...chosen, text: true })}
        />
        <Details result={result} run={run} />
      </div>
    </>
  )
}
