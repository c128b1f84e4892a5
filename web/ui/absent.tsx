import type { ReactNode } from 'react'
import styles from './absent.module.css'

/** A page about something that is not there: what it would be, why it is missing, and links that lead on. */
export function Absent({
  title,
  id,
  why,
  children,
}: {
  title: string
  id: string
  why: string
  /** Links. */
  children: ReactNode
}) {
  return (
    <section className={styles.absent}>
      <h1>{title}</h1>
      <p>
        <code>{id}</code>
      </p>
      <p>{why}</p>
      <nav aria-label="What to do next">{children}</nav>
    </section>
  )
}
