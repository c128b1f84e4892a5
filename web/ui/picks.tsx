import { Link, type LinkProps } from '@tanstack/react-router'
import { Button } from './button.tsx'
import styles from './picks.module.css'

/** What is chosen of a list to be compared. */
interface Picked {
  /** What they are, one and several: `run`, `Runs`. */
  one: string
  several: string
  /** Ids, which begin with their time. */
  picks: readonly string[]
  nameOf: (id: string) => string
  /** Where two are compared, of which the older one is what was before. */
  to: (before: string, after: string) => LinkProps
  onClear: () => void
}

/** What is chosen to be compared, at the foot of the page; nothing if nothing is. */
export function Picks({ one, several, picks, nameOf, to, onClear }: Picked) {
  const [before, after] = picks.toSorted()
  if (before === undefined) return null
  return (
    <section className={styles.picks} aria-label={`${several} to compare`}>
      <span>
        {nameOf(before)}
        {after === undefined ? (
          <span className={styles.mute}> · choose another {one} to compare it with</span>
        ) : (
          <>
            <span className={styles.mute}> and </span>
            {nameOf(after)}
          </>
        )}
      </span>
      {after !== undefined && (
        <Link {...to(before, after)} className={styles.compare}>
          Compare
        </Link>
      )}
      <Button kind="quiet" onClick={onClear}>
        Clear
      </Button>
    </section>
  )
}
