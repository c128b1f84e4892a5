import { type FormEvent, useState } from 'react'
import { useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { whyOwned } from '../../ui/owned.ts'
import { useOwnPrice } from './changing.ts'
import styles from './models.module.css'
import type { ModelRow } from './view.ts'

/** A price that wins over every other, set or ended. */
export function OwnPrice({ row }: { row: ModelRow }) {
  const { provider, model, price } = row
  const { isAdmin } = useSession()
  const change = useOwnPrice()
  const [input, setInput] = useState('')
  const [output, setOutput] = useState('')
  const isSet = price?.source === 'manual'
  const [inputPerM, outputPerM] = [rateOf(input), rateOf(output)]
  const denied = isAdmin ? whyOwned(row.price_owned_by) : 'Sign in to set a price'
  const why =
    denied ??
    (inputPerM === null || outputPerM === null ? 'Enter both prices, in USD per million tokens' : null)
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (why !== null || inputPerM === null || outputPerM === null) return
    change.mutate({ provider, model, price: { input_per_m: inputPerM, output_per_m: outputPerM } })
  }
  return (
    <form onSubmit={save}>
      <h3>Your own price</h3>
      <div className={styles.fields}>
        <Field
          label="Input, $ per M"
          inputMode="decimal"
          size={8}
          value={input}
          onChange={({ target }) => setInput(target.value)}
        />
        <Field
          label="Output, $ per M"
          inputMode="decimal"
          size={8}
          value={output}
          onChange={({ target }) => setOutput(target.value)}
        />
        <Button type="submit" why={why}>
          Set
        </Button>
        {isSet && (
          <Button why={denied} onClick={() => change.mutate({ provider, model, price: null })}>
            Use the other sources again
          </Button>
        )}
      </div>
      {change.error !== null && <p role="alert">{change.error.message}</p>}
    </form>
  )
}

/** A price that a person wrote; null if it is none. */
function rateOf(text: string): number | null {
  const value = text.trim() === '' ? Number.NaN : Number(text.replace(',', '.'))
  return Number.isFinite(value) && value >= 0 ? value : null
}
