import { count } from '../../format/numbers.ts'
import type { Shown } from './use-live-answers.ts'
import styles from './run.module.css'
import { useBenchmarkSearch, useChange } from './use-search.ts'

/** Whether answers are shown as they come. */
export function ShowText() {
  const { stream = false } = useBenchmarkSearch()
  const change = useChange()
  return (
    <label className={styles.switch}>
      <input
        type="checkbox"
        role="switch"
        checked={stream}
        aria-checked={stream}
        onChange={({ target }) => change({ stream: target.checked ? true : undefined })}
      />
      Show text as it streams
    </label>
  )
}

/** Why text is not shown as it comes, or not all of it. */
export function TextNote({ shown: { state, lost } }: { shown: Shown }) {
  const why =
    state === null || state === 'here'
      ? lost > 0 && `${count(lost)} characters came faster than this page could take them, and are left out.`
      : whyNot[state]
  return why ? (
    <p className={styles.note} role="status">
      {why}
    </p>
  ) : null
}

const recorded = 'Each answer is shown once it is recorded.'

const whyNot: Readonly<Record<Exclude<Shown['state'], null | 'here'>, string | null>> = {
  waiting: null,
  over: null,
  elsewhere: `Another process makes this run, so its text cannot be shown as it streams. ${recorded}`,
  never: `This server is a function, which streams no text. ${recorded}`,
  window:
    'The text streams in another window of this browser, and comes here once that one is closed or hidden.',
}
