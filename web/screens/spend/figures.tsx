import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { budgetQuery, projectionQuery } from '../../api/queries.ts'
import { price, unknown, usd } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import styles from './spend.module.css'

/** The four figures: today and this month with their limits, the days that are shown, and what comes. */
export function Figures({ total, days, synthetic }: Shown) {
  const { data: budget } = useQuery(budgetQuery)
  const { data: next } = useQuery(projectionQuery(synthetic))
  return (
    <dl className={styles.figures}>
      <Figure term="Today (UTC)" value={usd(budget?.usd_today)}>
        {budget && <Limit spent={budget.usd_today} limit={budget.limits.usd_per_day} of="day" />}
      </Figure>
      <Figure term="This month" value={usd(budget?.usd_this_month)}>
        {budget && <Limit spent={budget.usd_this_month} limit={budget.limits.usd_per_month} of="month" />}
      </Figure>
      <Figure term={`${days} days`} value={usd(total)}>
        {total === undefined ? '' : `${usd(total / days)} a day`}
      </Figure>
      <Figure
        term="Next 30 days"
        value={next === undefined || next.rows.length === 0 ? unknown : usd(next.usd_in_30_days)}
      >
        {next && paceOf(next)}
      </Figure>
    </dl>
  )
}

interface Shown {
  total: number | undefined
  days: number
  synthetic: boolean | undefined
}

const paceOf = ({ rows, n_cost_unknown: n }: { rows: readonly unknown[]; n_cost_unknown: number }): string =>
  rows.length === 0
    ? 'no schedule has run yet'
    : `at the present pace${n === 0 ? '' : `, without ${plural(n, 'call')} of unknown cost`}`

const Figure = ({ term, value, children }: { term: string; value: string; children: ReactNode }) => (
  <div>
    <dt>{term}</dt>
    <dd>
      <strong>{value}</strong>
      <span>{children}</span>
    </dd>
  </div>
)

/** How much of a limit is spent, in words and as a bar. */
function Limit({ spent, limit, of }: { spent: number; limit: number | null; of: 'day' | 'month' }) {
  if (limit === null) return `no limit a ${of}`
  const share = limit === 0 ? 1 : spent / limit
  const isOver = share >= 1
  return (
    <>
      <meter
        className={isOver ? styles.over : ''}
        value={Math.min(1, share)}
        aria-label={`Spent of the limit of a ${of}`}
      />
      {spent > 0 && share < 0.01 ? 'under 1' : Math.floor(share * 100)} % of {price(limit)} a {of}
      {isOver && ': further calls are skipped'}
    </>
  )
}
