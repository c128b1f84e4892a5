import { useId } from 'react'
import { useDraft } from './draft.ts'
import styles from './slider.module.css'

/** A number in a range, by hand or by key: a slider, and the number itself. */
export function Slider({
  label,
  least,
  most,
  step,
  value,
  isOff = false,
  onChange,
}: {
  label: string
  least: number
  most: number
  step: number
  value: number
  /** Whether something else is chosen instead. */
  isOff?: boolean
  onChange: (value: number) => void
}) {
  const id = useId()
  const { shown, enter, flush } = useDraft(value, onChange)
  const [from, to] = [least.toLocaleString('en-US'), most.toLocaleString('en-US')]
  return (
    <div className={styles.slider}>
      <label htmlFor={id}>{label}</label>
      <span className={styles.range}>
        {from}–{to}
      </span>
      <input
        id={id}
        type="range"
        min={least}
        max={most}
        step={step}
        value={shown}
        disabled={isOff}
        onChange={({ target }) => enter(target.valueAsNumber)}
        onBlur={flush}
      />
      <NumberBox
        key={value}
        label={label}
        value={shown}
        range={{ least, most, step }}
        isOff={isOff}
        onChange={onChange}
      />
    </div>
  )
}

/** The number as text: it counts when it is entered, within the range. */
function NumberBox({
  label,
  value,
  range: { least, most, step },
  isOff,
  onChange,
}: {
  label: string
  value: number
  range: { least: number; most: number; step: number }
  isOff: boolean
  onChange: (value: number) => void
}) {
  const take = (input: HTMLInputElement) => {
    const entered = Math.min(most, Math.max(least, input.valueAsNumber))
    const fit = Number.isNaN(entered) ? value : step < 1 ? entered : Math.round(entered)
    input.value = String(fit)
    if (fit !== value) onChange(fit)
  }
  return (
    <input
      key={value}
      type="number"
      aria-label={`${label}, as a number`}
      min={least}
      max={most}
      step={step < 1 ? step : 1}
      defaultValue={value}
      disabled={isOff}
      onBlur={({ currentTarget }) => take(currentTarget)}
      onKeyDown={({ key, currentTarget }) => {
        if (key === 'Enter') take(currentTarget)
      }}
    />
  )
}
