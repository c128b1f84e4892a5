import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { pricesQuery } from '../api/benchmark-queries.ts'
import type { Answer } from '../api/client.ts'
import { nameOf } from '../api/starts.ts'
import { price, unknown } from '../format/numbers.ts'
import { Button } from './button.tsx'
import styles from './models.module.css'

export type Provider = Answer<'GET /api/v1/providers'>['rows'][number]

/** The models of a provider, with its key status, to choose some, all or none. */
export function ProviderModels({
  provider,
  models,
  chosen,
  most,
  onChoose,
}: {
  provider: Provider
  models: readonly string[]
  chosen: readonly string[]
  most: number
  onChoose: (change: (before: readonly string[]) => string[]) => void
}) {
  const id = useId()
  const { data: prices } = useQuery(pricesQuery)
  const names = models.map((model) => nameOf({ provider: provider.id, model }))
  const n = names.filter((name) => chosen.includes(name)).length
  const all = [...new Set([...chosen, ...names])]
  const toggle = (name: string) =>
    onChoose((before) => (before.includes(name) ? before.filter((each) => each !== name) : [...before, name]))
  const tooMany = all.length > most ? `A run takes at most ${most} models: search for some` : null
  const priceOf = (model: string) =>
    prices?.rows.find((row) => row.provider === provider.id && row.model === model)?.price ?? null
  return (
    <div className={styles.group} role="group" aria-labelledby={id}>
      <div className={styles.head}>
        <h3 id={id}>{provider.name}</h3>
        <span className={styles.key}>{keyOf(provider)}</span>
        <span className={styles.toggles}>
          <Button
            kind="quiet"
            aria-label={`Select All of ${provider.name}`}
            why={n === names.length ? 'All are selected' : tooMany}
            onClick={() => onChoose(() => all)}
          >
            Select All
          </Button>
          <Button
            kind="quiet"
            aria-label={`Select None of ${provider.name}`}
            why={n === 0 ? 'None is selected' : null}
            onClick={() => onChoose((before) => before.filter((name) => !names.includes(name)))}
          >
            Select None
          </Button>
        </span>
      </div>
      <div className={styles.grid}>
        {models.map((model) => {
          const name = nameOf({ provider: provider.id, model })
          const found = priceOf(model)
          return (
            <label key={model} className={styles.model}>
              <input type="checkbox" checked={chosen.includes(name)} onChange={() => toggle(name)} />
              <span title={model}>{model}</span>
              <span className={styles.price} title={found === null ? noPrice : perMillion}>
                {found === null ? unknown : `${price(found.input_per_m)} / ${price(found.output_per_m)}`}
              </span>
            </label>
          )
        })}
      </div>
    </div>
  )
}

const noPrice = 'Its price is not in the catalog yet: a sync of models brings it'
const perMillion = 'USD per million tokens, in and out'

/** Whether a provider can be called with a key. */
function keyOf({ configured, key_names: names, known, id }: Provider): string {
  if (known?.synthetic === true || id === 'synthetic') return 'built in, synthetic, free'
  if (!configured) return `${names[0] ?? 'its key'} is not set`
  return names.length === 0 ? 'no key needed' : 'key is set'
}
