import type { Answer } from '../../api/client.ts'
import { namesOf, pricesOf } from '../../api/sync-details.ts'
import { price } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { Mark } from '../../ui/state.tsx'
import styles from './models.module.css'

type Sync = Answer<'GET /api/v1/syncs'>['rows'][number]

/** The latest syncs, each with the difference that it made. */
export function Syncs({ rows }: { rows: readonly Sync[] }) {
  if (rows.length === 0)
    return (
      <p className={styles.none}>No provider was asked yet. What each sync changes will be listed here.</p>
    )
  return (
    <ol className={styles.syncs} aria-label="Syncs, latest first">
      {rows.map((sync) => (
        <li key={sync.id}>
          <Line sync={sync} />
        </li>
      ))}
    </ol>
  )
}

const looks = { saved: 'up', refused: 'failing', failed: 'down' } as const

function Line({ sync }: { sync: Sync }) {
  const { provider, status, reason, started_at: at, triggered_by: by, n_listed: n, n_chat: chat } = sync
  const parts = differenceOf(sync)
  return (
    <>
      <div className={styles.sync}>
        <strong>{provider}</strong>
        <Mark like={looks[status]} word={status} note={reason ?? undefined} />
        <span>
          {plural(n, 'model')}, {chat} for chat
        </span>
        <span className={styles.about}>
          {by}, <Ago at={at} />
        </span>
      </div>
      {reason !== null && <p className={styles.reason}>{reason}; nothing was changed.</p>}
      {reason === null && parts.length === 0 && <p className={styles.about}>Nothing was different.</p>}
      <dl className={styles.difference}>
        {parts.map(({ what, names }) => (
          <Difference key={what} what={what} names={names} />
        ))}
      </dl>
    </>
  )
}

/** So many names are said at once; the rest unfolds. */
const most = 6

function Difference({ what, names }: { what: string; names: readonly string[] }) {
  const rest = names.slice(most)
  return (
    <div>
      <dt>
        {names.length} {what}
      </dt>
      <dd>
        <Names names={names.slice(0, most)} />
        {rest.length > 0 && (
          <details>
            <summary>and {rest.length} more</summary>
            <Names names={rest} />
          </details>
        )}
      </dd>
    </div>
  )
}

const Names = ({ names }: { names: readonly string[] }) => (
  <ul className={styles.names}>
    {names.map((name) => (
      <li key={name}>{name}</li>
    ))}
  </ul>
)

/** What a sync changed, in words. */
function differenceOf(sync: Sync): { what: string; names: string[] }[] {
  const prices = pricesOf(sync).map(({ model, before, now }) => {
    const said = `${price(now.input)} / ${price(now.output)}`
    return before === null
      ? `${model} ${said}`
      : `${model} ${price(before.input)} / ${price(before.output)} → ${said}`
  })
  return [
    { what: 'new', names: namesOf(sync, 'added') },
    { what: 'left', names: namesOf(sync, 'left') },
    { what: 'came back', names: namesOf(sync, 'returned') },
    { what: 'described otherwise', names: namesOf(sync, 'changed') },
    { what: prices.length === 1 ? 'price per M' : 'prices per M', names: prices },
  ].filter(({ names }) => names.length > 0)
}
