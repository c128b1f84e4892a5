import { useQuery } from '@tanstack/react-query'
import { priceHistoryQuery } from '../../api/queries.ts'
import { useSession } from '../../api/session.ts'
import { count, price, unknown } from '../../format/numbers.ts'
import { Ago } from '../../ui/ago.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { whyOwned } from '../../ui/owned.ts'
import { Panel } from '../../ui/panel.tsx'
import { Mark } from '../../ui/state.tsx'
import { useSwitch } from './changing.ts'
import styles from './models.module.css'
import { OwnPrice } from './own-price.tsx'
import { keyOf, type ModelRow, specialsOf, type TargetRow } from './view.ts'

/** A model in detail: what it is, its targets, its prices, and a price of one's own. */
export function ModelDialog({ name, models, onClose }: Opened) {
  const row = models?.find((each) => keyOf(each) === name)
  if (models === undefined) return null
  if (row === undefined)
    return (
      <Dialog title="No such model" onClose={onClose}>
        <p>{name} is not known.</p>
      </Dialog>
    )
  return (
    <Dialog title={row.display_name ?? row.model} onClose={onClose}>
      <div className={styles.details}>
        <Facts row={row} />
        <Targets row={row} />
        <Prices row={row} />
        <OwnPrice row={row} />
      </div>
    </Dialog>
  )
}

interface Opened {
  name: string
  models: readonly ModelRow[] | undefined
  onClose: () => void
}

const tokens = (n: number | null) => (n === null ? null : `${count(n)} tokens`)

function Facts({ row }: { row: ModelRow }) {
  const facts = [
    ['Id', <code key="id">{row.model}</code>],
    ['Provider', row.provider],
    ['Type', row.type],
    ['Context', tokens(row.context_window)],
    ['Longest answer', tokens(row.output_limit)],
    ['Takes', row.input_modalities?.join(', ')],
    ['Gives', row.output_modalities?.join(', ')],
    ['Last listed', row.last_seen_at && <Ago key="seen" at={row.last_seen_at} />],
    ['Listed no more', row.left_at && <Ago key="left" at={row.left_at} />],
    ['No new use from', row.deprecated_on],
    ['Gone from', row.shutdown_on],
  ] as const
  return (
    <dl className={styles.facts}>
      {facts.map(([term, value]) =>
        value === null || value === undefined ? null : (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  )
}

function Targets({ row }: { row: ModelRow }) {
  return (
    <section>
      <h3>Targets</h3>
      {row.targets.length === 0 && <p className={styles.about}>It is not benchmarked.</p>}
      <ul>
        {row.targets.map((target) => (
          <Target key={JSON.stringify([target.parameters, target.region])} target={target} />
        ))}
      </ul>
    </section>
  )
}

function Target({ target }: { target: TargetRow }) {
  const { isAdmin } = useSession()
  const change = useSwitch()
  const special = specialsOf(target)
  const active = target.active === true
  const idle = whyOwned(target.owned_by) ?? (change.isPending ? 'It is being changed' : null)
  const why = isAdmin ? idle : 'Sign in to change targets'
  const called = target.active === null ? 'by hand' : active ? 'active' : 'paused'
  return (
    <li className={styles.target}>
      <Mark like={active ? 'up' : target.active === null ? 'unknown' : 'paused'} word={called} />
      <span>{special.length === 0 ? 'as usual: least reasoning' : special.join(', ')}</span>
      <Button why={why} onClick={() => change.mutate({ ...target, active: !active })}>
        {active ? 'Deactivate' : 'Activate'}
      </Button>
    </li>
  )
}

function Prices({ row: { provider, model } }: { row: ModelRow }) {
  const read = useQuery(priceHistoryQuery(provider, model))
  return (
    <section>
      <h3>Prices, USD per million tokens</h3>
      <Panel read={read} height={60}>
        {({ rows }) =>
          rows.length === 0 ? (
            <p className={styles.about}>No source has ever known one.</p>
          ) : (
            <table className={styles.prices}>
              <thead>
                <tr>
                  {['Since', 'Input', 'Output', 'Cached', 'Source'].map((head) => (
                    <th key={head} scope="col">
                      {head}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((of) => (
                  <tr key={of.since}>
                    <th scope="row">
                      <Ago at={of.since} />
                    </th>
                    <td>{price(of.input_per_m)}</td>
                    <td>{price(of.output_per_m)}</td>
                    <td>{of.cached_per_m === null ? unknown : price(of.cached_per_m)}</td>
                    <td>{of.source === 'manual' ? 'your own' : of.source}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Panel>
    </section>
  )
}
