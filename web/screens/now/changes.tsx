import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Answer } from '../../api/client.ts'
import { priceChangesQuery, syncsQuery } from '../../api/queries.ts'
import { price } from '../../format/numbers.ts'
import { day } from '../../format/time.ts'
import { spoken } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { useNow } from '../../ui/clock.ts'
import { leavingOf } from '../../api/sync-details.ts'
import styles from './now.module.css'
import type { NowRow } from './view.ts'

const dayMs = 86_400_000
/** Of each kind, so many are shown. */
const most = 3

interface Change {
  key: string
  what: ReactNode
  detail: ReactNode
}

/** What is other than a person remembers: errors of a day, prices of a week, models that are about to leave. */
export function Changes({ rows }: { rows: readonly NowRow[] }) {
  const now = useNow()
  const weekAgo = new Date(now.getTime() - 7 * dayMs).toISOString().slice(0, 10)
  const prices = useQuery(priceChangesQuery(weekAgo))
  const syncs = useQuery(syncsQuery)
  const known = new Set(rows.map(({ provider, model }) => `${provider}/${model}`))
  const kinds = [
    { title: 'New errors, 24 h', changes: errorsOf(rows, now) },
    { title: 'Prices, 7 days', changes: pricesOf(prices.data?.rows ?? [], known) },
    { title: 'Leaving', changes: leavingChanges(syncs.data?.rows ?? [], now) },
  ]
  const some = kinds.filter(({ changes }) => changes.length > 0)
  if (some.length === 0)
    return (
      <p className={styles.quiet}>
        No new errors in 24 hours, no price changes in 7 days
        {syncs.data?.rows.length === 0 ? '' : ', no model leaving'}.
      </p>
    )
  return (
    <section className={styles.changes} aria-label="What changed">
      {some.map(({ title, changes }) => (
        <div key={title}>
          <h2>
            {title} <span>{changes.length}</span>
          </h2>
          <ul>
            {changes.slice(0, most).map(({ key, what, detail }) => (
              <li key={key}>
                <strong>{what}</strong> <span>{detail}</span>
              </li>
            ))}
            {changes.length > most && <li className={styles.more}>and {changes.length - most} more</li>}
          </ul>
        </div>
      ))}
    </section>
  )
}

const errorsOf = (rows: readonly NowRow[], now: Date): Change[] =>
  rows
    .filter(
      ({ state, since }) =>
        (state === 'down' || state === 'failing') &&
        since !== null &&
        now.getTime() - Date.parse(since) < dayMs,
    )
    .toSorted((a, b) => Date.parse(b.since ?? '') - Date.parse(a.since ?? ''))
    .map(({ target_id, region, providerName, model, since, last }) => ({
      key: `${target_id} ${region}`,
      what: model,
      detail: (
        <>
          {providerName}: {spoken(last?.error_kind ?? 'failed')}, since <Ago at={since ?? ''} />
        </>
      ),
    }))

type PriceRow = Answer<'GET /api/v1/prices/changes'>['rows'][number]

/** One of the two prices, if it is another now. */
const moved = (name: string, before: number, now: number): string =>
  before === now ? '' : `${name} ${price(before)} → ${price(now)} `

function pricesOf(changes: readonly PriceRow[], known: ReadonlySet<string>): Change[] {
  return changes
    .filter(({ provider, model }) => known.has(`${provider}/${model}`))
    .map(({ model, since, input_before, output_before, input_now, output_now }) => ({
      key: `${model} ${since}`,
      what: model,
      detail: (
        <>
          {moved('in', input_before, input_now)}
          {moved('out', output_before, output_now)} per M, <Ago at={since} />
        </>
      ),
    }))
}

const leavingChanges = (syncs: Parameters<typeof leavingOf>[0], now: Date): Change[] =>
  leavingOf(syncs).map(({ provider, model, shutdownOn, successor }) => ({
    key: `${provider}/${model}`,
    what: model,
    detail: `${shutdownOn === null ? 'not listed any more' : `until ${day(shutdownOn, now, 'UTC')}`}${successor === null ? '' : `; use ${successor}`}`,
  }))
