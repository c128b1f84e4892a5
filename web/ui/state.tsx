import { Icon } from './icon.tsx'
import styles from './state.module.css'

/** How a target is, worst first. */
export const states = ['down', 'failing', 'stale', 'unknown', 'paused', 'up'] as const

export type StateName = (typeof states)[number]

/** What each state means, for a title. */
export const meaningOf: Readonly<Record<StateName, string>> = {
  up: 'The last check succeeded',
  failing: 'The last check failed; one more and it is down',
  down: 'Two checks or more failed in a row, by the fault of the provider',
  stale: 'It was not checked in time',
  paused: 'It is not checked any more',
  unknown: 'It was never checked',
}

/** A state as icon and word: colours alone are not told apart by everybody. */
export function State({ state, note }: { state: StateName; note?: string }) {
  return (
    <span className={`${styles.state} ${styles[state]}`} title={note ?? meaningOf[state]}>
      <Icon name={state} />
      {state}
    </span>
  )
}
