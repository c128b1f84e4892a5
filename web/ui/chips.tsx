import styles from './chips.module.css'

/** One of a few things that are chosen or not. */
interface Chip {
  id: string
  label: string
  isChosen: boolean
  /** What choosing it means. */
  note?: string
}

/** Several of a few: each a button that is pressed or not. */
export function Chips({
  label,
  chips,
  onToggle,
}: {
  label: string
  chips: readonly Chip[]
  onToggle: (id: string) => void
}) {
  return (
    <fieldset className={styles.chips}>
      <legend>{label}</legend>
      {chips.map(({ id, label: word, isChosen, note }) => (
        <button key={id} type="button" aria-pressed={isChosen} title={note} onClick={() => onToggle(id)}>
          {word}
        </button>
      ))}
    </fieldset>
  )
}
