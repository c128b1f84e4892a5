import type { ReactNode } from 'react'
import styles from './heading.module.css'

/** The title of a screen, the way to it, its state, what its numbers rest on (a `span` each), and what can be done. */
export function Heading({
  title,
  way,
  state,
  ground,
  children,
}: {
  title: ReactNode
  way?: ReactNode
  state?: ReactNode
  ground?: ReactNode
  children?: ReactNode
}) {
  return (
    <header className={styles.heading}>
      {way !== undefined && <p className={styles.way}>{way}</p>}
      <h1>{title}</h1>
      {state}
      <p className={styles.ground}>{ground}</p>
      {children !== undefined && <div className={styles.actions}>{children}</div>}
    </header>
  )
}

/** The title of a part of a screen, with the same. */
export function PartHeading({
  id,
  title,
  ground,
  children,
}: {
  /** What `aria-labelledby` of the part names. */
  id: string
  title: string
  ground?: ReactNode
  children?: ReactNode
}) {
  return (
    <header className={styles.part}>
      <h2 id={id}>{title}</h2>
      {ground !== undefined && <p className={styles.ground}>{ground}</p>}
      {children}
    </header>
  )
}
