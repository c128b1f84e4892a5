import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { latestRunsQuery, nowQuery } from '../api/queries.ts'
import { entriesOf, type Entry, findEntries } from './entries.ts'
import styles from './palette.module.css'

/** A list of everything that one can go to, filtered by what is typed. */
export function Palette({ onClose }: { onClose: () => void }) {
  const router = useRouter()
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const found = findEntries(useEntries(), text)
  const chosen = Math.min(at, Math.max(0, found.length - 1))
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal()
  }, [])

  const go = (entry: Entry | undefined) => {
    if (entry === undefined) return
    dialog.current?.close()
    router.history.push(entry.href)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === 'Enter') go(found[chosen])
    else if (step !== undefined && found.length > 0) setAt((chosen + step + found.length) % found.length)
    else return
    event.preventDefault()
  }
  return (
    <dialog ref={dialog} className={styles.palette} aria-label="Go to" onClose={onClose}>
      <input
        className={styles.field}
        type="text"
        role="combobox"
        aria-label="Go to a target, a run or a screen"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${chosen}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder="Go to a target, a run or a screen"
        value={text}
        onChange={({ target }) => {
          setText(target.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div id={`${id}-list`} className={styles.list} role="listbox" aria-label="Where to">
        {found.map((entry, index) => (
          <Option
            key={entry.id}
            id={`${id}-${index}`}
            entry={entry}
            isChosen={index === chosen}
            onPick={() => go(entry)}
          />
        ))}
      </div>
      <output className={styles.nothing}>
        {found.length === 0 ? 'Nothing has all of these words.' : ''}
      </output>
    </dialog>
  )
}

/** Everything that one can go to, as far as it is loaded. */
function useEntries(): Entry[] {
  const { routesByPath } = useRouter()
  const now = useQuery(nowQuery).data ?? null
  const runs = useQuery(latestRunsQuery).data ?? null
  return entriesOf({ now, runs, hasScreen: (path) => path in routesByPath })
}

interface OptionProps {
  id: string
  entry: Entry
  isChosen: boolean
  onPick: () => void
}

function Option({ id, entry, isChosen, onPick }: OptionProps) {
  const item = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (isChosen) item.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])
  return (
    // The keys of the list are those of its field, which keeps the focus.
    <button
      ref={item}
      id={id}
      type="button"
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      onClick={onPick}
    >
      <span>{entry.label}</span>
      <small>{entry.hint}</small>
    </button>
  )
}
