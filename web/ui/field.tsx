import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes } from 'react'
import { useId } from 'react'
import styles from './field.module.css'

interface Labelled {
  label: string
  /** For the eyes the place says it. */
  isBare?: boolean
  /** What is wrong with the value. */
  problem?: string | null
}

/** A line of text with its label. */
export function Field({
  label,
  isBare,
  problem = null,
  ...rest
}: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  return (
    <span className={styles.field}>
      <label htmlFor={id} className={isBare ? 'hidden' : styles.label}>
        {label}
      </label>
      <input
        {...rest}
        id={id}
        className={styles.control}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : `${id}-problem`}
      />
      {problem !== null && (
        <span id={`${id}-problem`} className={styles.problem}>
          {problem}
        </span>
      )}
    </span>
  )
}

/** A choice of few. */
export function Choice({
  label,
  isBare,
  children,
  ...rest
}: Labelled & SelectHTMLAttributes<HTMLSelectElement> & { children: ReactNode }) {
  const id = useId()
  return (
    <span className={styles.field}>
      <label htmlFor={id} className={isBare ? 'hidden' : styles.label}>
        {label}
      </label>
      <select {...rest} id={id} className={styles.control}>
        {children}
      </select>
    </span>
  )
}
