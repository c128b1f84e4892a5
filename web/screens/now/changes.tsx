import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Answer } from '../../api/client.ts'
import { latestPricesQuery, syncsQuery } from '../../api/queries.ts'
import { price } from '../../format/numbers.ts'
import { day } from '../../format/time.ts'
import { list, plural, spoken } from '../../format/words.ts'
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
  what: string
  detail: ReactNode
}

/** What is other than a person remembers: errors of a day, prices of a week, models that are about to leave. */
export function Changes({ rows }: { rows: readonly NowRow[] }) {
  const now = useNow()
  const prices = useQuery(latestPricesQuery(now))
  const syncs = useQuery(syncsQuery)
  const known = new Set(rows.map(({ provider, model }) => `${provider}/${model}`))
  const kinds = [
    { one: 'new error', when: ' in 24 h', changes: errorsOf(rows, now) },
    { one: 'price change', when: ' in 7 days', changes: pricesOf(prices.data?.rows ?? [], known) },
    { one: 'model', when: ' leaving', changes: leavingChanges(syncs.data?.rows ?? [], now) },
  ]
  if (prices.isPending || syncs.isPending) return <div className={styles.coming} />
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
      {some.map(({ one, when, changes }) => (
        <div key={one}>
          <h2>
            {plural(changes.length, one)}
            {when}
          </h2>
          <ul>
            {changes.slice(0, most).map(({ key, what, detail }) => (
              <li key={key} title={what}>
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

const kindOf = ({ last }: NowRow): string => spoken(last?.error_kind ?? 'failed')

/** One a target and kind, whatever its regions. */
function errorsOf(rows: readonly NowRow[], now: Date): Change[] {
  const fresh = rows
    .filter(
      ({ state, since }) =>
        (state === 'down' || state === 'failing') &&
        since !== null &&
        now.getTime() - Date.parse(since) < dayMs,
    )
    .toSorted((a, b) => Date.parse(b.since ?? '') - Date.parse(a.since ?? ''))
  return Map.groupBy(fresh, (row) => `${row.target_id} ${kindOf(row)}`)
    .entries()
    .toArray()
    .flatMap(([key, same]) => {
      const [first] = same
      if (first === undefined) return []
      const where = list(same.flatMap(({ region }) => region ?? []))
      const detail = (
        <>
          {first.providerName}
          {where !== '' && ` from ${where}`}: {kindOf(first)}, since <Ago at={first.since ?? ''} />
        </>
      )
      return [{ key, what: first.model, detail }]
    })
}

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
