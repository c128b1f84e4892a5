import { useQuery } from '@tanstack/react-query'
import { useSession } from '../../api/session.ts'
import { proxyTokensQuery } from '../../api/upkeep-queries.ts'
import { count, price, usd } from '../../format/numbers.ts'
import { Ago } from '../../ui/ago.tsx'
import { Button } from '../../ui/button.tsx'
import { Metric } from '../../ui/metric.tsx'
import { Panel } from '../../ui/panel.tsx'
import { useChangeSearch } from '../../ui/search.ts'
import { type Column, Table } from '../../ui/table.tsx'
import { AddToken } from './add-token.tsx'
import { LimitToken } from './limit-token.tsx'
import { RevokeToken } from './revoke-token.tsx'
import type { SettingsSearch } from './search.ts'
import styles from './settings.module.css'
import type { ProxyToken } from './token-form.ts'

/** Tokens that open the proxy, their limits, and what they were used for today. Only the admin may see them. */
export function ProxyTokens({ search }: { search: SettingsSearch }) {
  const { isAdmin } = useSession()
  const read = useQuery(proxyTokensQuery)
  const change = useChangeSearch<SettingsSearch>()
  return (
    <>
      <div className={styles.bar}>
        <p className={styles.note}>
          A token lets one client send requests through the proxy, which your keys pay, without having a key.
        </p>
        <Button why={isAdmin ? null : 'Sign in to create a token'} onClick={() => change({ add: true })}>
          Create a token
        </Button>
      </div>
      <Panel
        read={read}
        height={300}
        denied="Who may use the proxy is for the admin to see."
        isEmpty={({ rows }) => rows.length === 0}
        empty={
          <p className={styles.nothing}>
            No client has a token yet. On this machine a client may also send a key of its own.
          </p>
        }
      >
        {({ rows }) => (
          <>
            <Table<ProxyToken>
              caption="Proxy tokens"
              columns={columns}
              groups={[
                { name: 'In force', rows: rows.filter(({ revoked_at: at }) => at === null) },
                { name: 'Revoked', rows: rows.filter(({ revoked_at: at }) => at !== null) },
              ].filter((group) => group.rows.length > 0)}
              keyOf={({ id }) => id}
              isCards
            />
            {rows
              .filter(({ id }) => id === search.revoke)
              .map((token) => (
                <RevokeToken key={token.id} token={token} onClose={() => change({ revoke: undefined })} />
              ))}
            {rows
              .filter(({ id, revoked_at: at }) => id === search.limit && at === null)
              .map((token) => (
                <LimitToken key={token.id} token={token} onClose={() => change({ limit: undefined })} />
              ))}
          </>
        )}
      </Panel>
      {search.add === true && <AddToken onClose={() => change({ add: undefined })} />}
    </>
  )
}

const columns: Column<ProxyToken>[] = [
  {
    id: 'name',
    head: 'Client',
    cell: ({ name, hint, revoked_at: at }) => (
      <span className={styles.name}>
        <span>{name}</span>
        <small>
          <code>ftp_…{hint}</code>
          {at !== null && (
            <>
              {' '}
              revoked <Ago at={at} />
            </>
          )}
        </small>
      </span>
    ),
  },
  {
    id: 'requests',
    head: 'Requests today',
    meaning: 'Since midnight (UTC)',
    isNumber: true,
    width: 152,
    cell: ({ requests_today: n, requests_per_day: limit }) => (
      <Metric
        parts={{ value: count(n), unit: '' }}
        ground={limit !== null && <Limit text={count(limit)} isUsedUp={n >= limit} />}
      />
    ),
  },
  {
    id: 'cost',
    head: 'Cost today',
    meaning: 'What requests with your keys cost since midnight (UTC)',
    isNumber: true,
    width: 136,
    cell: ({ usd_today: spent, usd_per_day: limit }) => (
      <Metric
        parts={{ value: usd(spent), unit: '' }}
        ground={limit !== null && <Limit text={price(limit)} isUsedUp={spent >= limit} />}
      />
    ),
  },
  {
    id: 'used',
    head: 'Last used',
    width: 120,
    from: 'Card900',
    cell: ({ last_used_at: at }) => (at === null ? 'never' : <Ago at={at} />),
  },
  { id: 'do', head: 'Change', isNumber: true, width: 184, cell: (row) => <Act token={row} /> },
]

/** A limit of a day, and whether it is reached. */
const Limit = ({ text, isUsedUp }: { text: string; isUsedUp: boolean }) =>
  isUsedUp ? (
    <span className={styles.usedUp} title="It opens the proxy again at midnight (UTC)">
      of {text}: used up
    </span>
  ) : (
    `of ${text}`
  )

function Act({ token: { id, name, revoked_at: at } }: { token: ProxyToken }) {
  const change = useChangeSearch<SettingsSearch>()
  return (
    at === null && (
      <>
        <Button kind="quiet" aria-label={`Limits of ${name}`} onClick={() => change({ limit: id })}>
          Limits
        </Button>
        <Button kind="quiet" aria-label={`Revoke ${name}`} onClick={() => change({ revoke: id })}>
          Revoke
        </Button>
      </>
    )
  )
}
