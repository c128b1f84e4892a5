import type { ButtonHTMLAttributes } from 'react'
import styles from './button.module.css'

/** A button. One that cannot be used stays reachable and says why. */
export function Button({
  kind = 'plain',
  why = null,
  onClick,
  className = '',
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & {
  kind?: 'primary' | 'plain' | 'quiet'
  /** Why it cannot be used; null if it can. */
  why?: string | null
}) {
  return (
    <button
      type="button"
      {...rest}
      className={`${styles.button} ${styles[kind]} ${className}`}
      aria-disabled={why !== null}
      title={why ?? rest.title}
      onClick={(event) => {
        if (why === null) onClick?.(event)
        else event.preventDefault()
      }}
    />
  )
}
