import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Answer } from '../../api/client.ts'
import { budgetQuery, costsQuery, projectionQuery } from '../../api/queries.ts'
import { price, unknown, usd } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { type ByKind, byKind } from './kinds.ts'
import styles from './spend.module.css'

/** The four figures: today and this month with their limits, the days that are shown, and what comes. */
export function Figures({ spent, days, synthetic }: Shown) {
  const { data: budget } = useQuery(budgetQuery)
  const { data: next } = useQuery(projectionQuery(synthetic))
  const made = useSyntheticOf(budget)
  const kind = synthetic === true ? ', synthetic' : ''
  return (
    <dl className={styles.figures}>
      <Figure term="Today (UTC)" value={usd(budget?.usd_today)}>
        {budget && (
          <Limit spent={budget.usd_today} limit={budget.limits.usd_per_day} of="day" synthetic={made.today} />
        )}
      </Figure>
      <Figure term="This month" value={usd(budget?.usd_this_month)}>
        {budget && (
          <Limit
            spent={budget.usd_this_month}
            limit={budget.limits.usd_per_month}
            of="month"
            synthetic={made.month}
          />
        )}
      </Figure>
      <Figure term={`${days} days${kind}`} value={usd(spent && shownOf(spent, synthetic))}>
        {spent && shownText(spent, days, synthetic)}
      </Figure>
      <Figure
        term={`Next 30 days${kind}`}
        value={next === undefined || next.rows.length === 0 ? unknown : usd(next.usd_in_30_days)}
      >
        {next && paceOf(next, synthetic)}
      </Figure>
    </dl>
  )
}

interface Shown {
  spent: ByKind | undefined
  days: number
  synthetic: boolean | undefined
}

/** How much of what counts against the budget was synthetic, today and this month. */
function useSyntheticOf(budget: Budget | undefined): { today: number; month: number } {
  const { day = '', month = '' } = budget ?? {}
  const since = `${month}-01`
  const { data } = useQuery({ ...costsQuery('day', since, true), enabled: budget !== undefined })
  const rows = data?.rows ?? []
  return {
    today: byKind(rows.filter(({ since: at }) => at?.startsWith(day))).synthetic?.usd ?? 0,
    month: byKind(rows).synthetic?.usd ?? 0,
  }
}

type Budget = Answer<'GET /api/v1/budget'>

/** What was paid; what synthetic calls would have cost if these alone are asked for, or there are no others. */
const shownOf = ({ real, synthetic: made }: ByKind, synthetic: boolean | undefined): number =>
  (synthetic === true || real === null ? made : real)?.usd ?? 0

function shownText(spent: ByKind, days: number, synthetic: boolean | undefined): string {
  const { real, synthetic: made } = spent
  if (real !== null && made !== null) return `paid; besides it ${usd(made.usd)} synthetic`
  const ground = made === null ? '' : synthetic === true ? ', which nobody paid' : '; all of it synthetic'
  return `${usd(shownOf(spent, synthetic) / days)} a day${ground}`
}

function paceOf(
  { rows, n_cost_unknown: n }: { rows: readonly unknown[]; n_cost_unknown: number },
  synthetic: boolean | undefined,
): string {
  if (rows.length === 0)
    return synthetic === true ? 'no schedule has run yet' : 'no schedule has run for real yet'
  return `at the present pace${n === 0 ? '' : `, without ${plural(n, 'call')} of unknown cost`}`
}

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
function Limit({ spent, limit, of, synthetic }: Limited) {
  // A call in hand is in the one and not yet in the other.
  const share = synthetic >= spent ? 'all' : usd(synthetic)
  const made = synthetic === 0 ? '' : `; ${share} of it synthetic`
  if (limit === null) return `no limit a ${of}${made}`
  const used = limit === 0 ? 1 : spent / limit
  const isOver = used >= 1
  return (
    <>
      <meter
        className={isOver ? styles.over : ''}
        value={Math.min(1, used)}
        aria-label={`Spent of the limit of a ${of}`}
      />
      {spent > 0 && used < 0.01 ? 'under 1' : Math.floor(used * 100)} % of {price(limit)} a {of}
      {isOver && ': further calls are skipped'}
      {made}
    </>
  )
}

interface Limited {
  spent: number
  limit: number | null
  of: 'day' | 'month'
  /** How much of it synthetic calls would have cost. */
  synthetic: number
}
