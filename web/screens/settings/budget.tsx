import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { budgetQuery } from '../../api/queries.ts'
import { price, usd } from '../../format/numbers.ts'
import { Panel } from '../../ui/panel.tsx'
import { Facts } from './facts.tsx'
import styles from './settings.module.css'

/** What may be spent. */
export function Budget() {
  const read = useQuery(budgetQuery)
  return (
    <Panel read={read} height={120}>
      {({ limits, usd_today: today, usd_this_month: month }) => (
        <>
          <Facts
            facts={[
              { term: 'A day (UTC)', value: limitOf(limits.usd_per_day), note: 'BUDGET_USD_PER_DAY' },
              { term: 'Spent today', value: usd(today) },
              { term: 'A month', value: limitOf(limits.usd_per_month), note: 'BUDGET_USD_PER_MONTH' },
              { term: 'Spent this month', value: usd(month) },
            ]}
          />
          <p className={styles.note}>
            A call that may cost more than is left is skipped, and its run says so.{' '}
            <Link to="/spend">Show what was spent</Link>
          </p>
        </>
      )}
    </Panel>
  )
}

const limitOf = (limit: number | null): string => (limit === null ? 'no limit' : price(limit))
