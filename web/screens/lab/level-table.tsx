import { getRouteApi } from '@tanstack/react-router'
import type { SweepInDetail, SweptLevel } from '../../api/sweep-queries.ts'
import { duration } from '../../format/numbers.ts'
import { PartHeading } from '../../ui/heading.tsx'
import { Table } from '../../ui/table.tsx'
import { metricNames } from './curve.ts'
import styles from './lab.module.css'
import { groupsOf } from './level-cells.tsx'
import { columnsOf } from './level-columns.tsx'
import { Objectives } from './parameters.tsx'

const route = getRouteApi('/lab')

const nameOf = (name: string): string =>
  ({ ttft: 'TTFT', ttfa: 'TTFA', tpot: 'time per token', itl: 'p95 between tokens', latency: 'latency' })[
    name
  ] ?? name

/** Percentiles, rates, errors and goodput level by level. */
export function LevelTable({ sweep: { levels, objectives } }: { sweep: SweepInDetail }) {
  const { by, from } = route.useSearch()
  const isOpen = levels.some(({ load }) => 'rate' in load)
  const kept = Object.entries(objectives)
  return (
    <section className={styles.block} aria-labelledby="levels">
      <PartHeading
        id="levels"
        title={`${metricNames[by ?? 'ttft']} level by level`}
        ground={`${isOpen ? `from when requests were ${from === 'sent' ? 'sent' : 'due'}; ` : ''}percentiles of answers with 95 % intervals; warm-ups are left out`}
      />
      <div className={styles.judge}>
        <Objectives kept={objectives} />
        <p>
          {kept.length === 0
            ? 'Without an objective no request is good or bad.'
            : `Good: ${kept.map(([name, ms]) => `${nameOf(name)} within ${duration(ms)}`).join(', ')}.`}
        </p>
      </div>
      <Table<SweptLevel>
        caption="Levels of the sweep"
        columns={columnsOf({
          shown: { ...(by && { by }), ...(from && { from }) },
          isOpen,
          isJudged: kept.length > 0,
        })}
        groups={groupsOf(levels, (level) => level)}
        keyOf={({ level }) => String(level)}
        isCards
      />
    </section>
  )
}
