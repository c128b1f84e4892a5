import { Field } from '../../ui/field.tsx'
import styles from './settings.module.css'
import { requestsProblem, type TypedLimits, usdProblem } from './token-form.ts'

/** The limits of a proxy token, as they are typed. */
export function LimitFields({
  typed: { requests, usd },
  onType,
}: {
  typed: TypedLimits
  onType: (typed: Partial<TypedLimits>) => void
}) {
  return (
    <>
      <Field
        label="Requests a day"
        placeholder="no limit"
        inputMode="numeric"
        autoComplete="off"
        problem={requestsProblem(requests)}
        value={requests}
        onChange={({ target }) => onType({ requests: target.value })}
      />
      <Field
        label="USD a day, paid by your keys"
        placeholder="no limit"
        inputMode="decimal"
        autoComplete="off"
        problem={usdProblem(usd)}
        value={usd}
        onChange={({ target }) => onType({ usd: target.value })}
      />
      <p className={styles.note}>A day begins at midnight (UTC).</p>
    </>
  )
}
