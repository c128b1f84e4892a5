import type { ReactNode } from 'react'
import { count } from '../../format/numbers.ts'
import { span } from '../../format/time.ts'
import { Metric } from '../../ui/metric.tsx'
import { longestDueS } from './fleet-view.ts'
import styles from './settings.module.css'

/** A number, and beneath it what it rests on. */
export const Amount = ({ n, ground }: { n: number; ground?: ReactNode }) => (
  <Metric parts={{ value: count(n), unit: '' }} ground={ground} />
)

/** What asks for a look if it is bad. */
export const Judged = ({ isBad, children }: { isBad: boolean; children: ReactNode }) =>
  isBad ? <span className={styles.usedUp}>{children}</span> : children

/** Shards that wait, and since when. */
export const Waiting = ({ n, oldestS }: { n: number; oldestS: number | null }) => (
  <Amount
    n={n}
    ground={oldestS !== null && <Judged isBad={oldestS > longestDueS}>since {span(oldestS * 1000)}</Judged>}
  />
)
