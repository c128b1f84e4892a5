import type { ReactNode } from 'react'
import { isId } from '../format/words.ts'
import styles from './absent.module.css'

/** A page about something that is not there: what it would be, why it is missing, and links that lead on. */
export function Absent({
  kind,
  id,
  why,
  children,
}: {
  kind: 'target' | 'result' | 'run' | 'sweep' | 'incident'
  id: string
  /** What it would be, and why it is missing if its id could be right. */
  why: string
  /** Links. */
  children: ReactNode
}) {
  return (
    <section className={styles.absent}>
      <h1>There is no such {kind}</h1>
      <p>
        <code>{id}</code>
      </p>
      <p>{isId(id) ? why : 'That is no id: the address was cut off or changed on its way.'}</p>
      <nav aria-label="What to do next">{children}</nav>
    </section>
  )
}
