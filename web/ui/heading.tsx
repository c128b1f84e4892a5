import type { ReactNode } from 'react'
import styles from './heading.module.css'

/** The title of a screen, what its numbers rest on (a `span` each), and what can be done. */
export function Heading({
  title,
  ground,
  children,
}: {
  title: string
  ground?: ReactNode
  children?: ReactNode
}) {
  return (
    <header className={styles.heading}>
      <h1>{title}</h1>
      <p className={styles.ground}>{ground}</p>
      {children !== undefined && <div className={styles.actions}>{children}</div>}
    </header>
  )
}
