import type { ReactNode } from 'react'
import styles from './settings.module.css'

/** A line of facts: a term, its value, and beneath it by which variable it is set. */
export const Facts = ({
  facts,
}: {
  facts: readonly { term: string; value: ReactNode; note?: ReactNode }[]
}) => (
  <dl className={styles.facts}>
    {facts.map(({ term, value, note }) => (
      <div key={term}>
        <dt>{term}</dt>
        <dd>
          {value}
          {note !== undefined && <small>{note}</small>}
        </dd>
      </div>
    ))}
  </dl>
)
