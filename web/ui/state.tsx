import { Icon } from './icon.tsx'
import styles from './state.module.css'
import { meaningOf, type StateName } from './states.ts'

/** A state as icon and word: colours alone are not told apart by everybody. */
export function State({
  state,
  note,
  label = state,
}: {
  state: StateName
  note?: string
  /** Another word than that of a target. */
  label?: string
}) {
  return (
    <span className={`${styles.state} ${styles[state]}`} title={note ?? meaningOf[state]}>
      <Icon name={state} />
      {label}
    </span>
  )
}

/** Another word in the look of a state: `key set` as what is up. */
export function Mark({ like, word, note }: { like: StateName; word: string; note?: string | undefined }) {
  return (
    <span className={`${styles.state} ${styles[like]}`} title={note}>
      <Icon name={like} />
      {word}
    </span>
  )
}
