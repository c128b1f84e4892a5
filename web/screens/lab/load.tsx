import { useId } from 'react'
import { Chips } from '../../ui/chips.tsx'
import { Choice } from '../../ui/field.tsx'
import { ranges } from './choices.ts'
import styles from './lab.module.css'
import { LoadList } from './load-list.tsx'
import { toggled } from './loads.ts'
import { NumberField } from './number-field.tsx'
import { Arrivals, Length, Pauses } from './pace.tsx'
import { Objectives } from './parameters.tsx'
import { loadsOf, seekOf } from './request.ts'
import { useChange, useLabSearch } from './use-search.ts'

const loops = {
  closed: {
    name: 'Closed loop',
    about:
      'So many clients, each sending when its last answer has ended. Finds what an endpoint can do at most.',
    label: 'Calls in flight, level by level',
    chips: [1, 2, 4, 8, 16, 32],
    most: 'In flight at most',
  },
  open: {
    name: 'Open loop',
    about: 'So many requests per second, whatever becomes of them. Shows what users wait for.',
    label: 'Requests per second, level by level',
    chips: [0.5, 1, 2, 5, 10, 20],
    most: 'Requests/s at most',
  },
} as const

/** With what a sweep loads its targets. */
export function Load() {
  const id = useId()
  const search = useLabSearch()
  const seek = seekOf(search)
  return (
    <section className={styles.load} aria-labelledby={id}>
      <h2 id={id}>Load</h2>
      <Loops />
      <div className={styles.levels}>
        <Seek chosen={seek} />
        {seek === null ? <Listed /> : <Sought seek={seek} />}
      </div>
      {seek === 'goodput' && <Objectives />}
      <div className={styles.levels}>
        <Length />
        {search.loop === 'open' ? <Arrivals /> : <Pauses />}
      </div>
    </section>
  )
}

/** Which of the two kinds of load. */
function Loops() {
  const id = useId()
  const { loop = 'closed' } = useLabSearch()
  const change = useChange()
  return (
    <fieldset className={styles.loops}>
      <legend className="hidden">Kind of load</legend>
      {(['closed', 'open'] as const).map((each) => (
        <label key={each}>
          <input
            type="radio"
            name={id}
            checked={loop === each}
            onChange={() => change({ loop: each === 'open' ? 'open' : undefined })}
          />
          <strong>{loops[each].name}</strong>
          <small>{loops[each].about}</small>
        </label>
      ))}
    </fieldset>
  )
}

/** Whether levels are listed, or sought, and by what. */
function Seek({ chosen }: { chosen: 'growth' | 'goodput' | null }) {
  const { loop } = useLabSearch()
  const change = useChange()
  return (
    <Choice
      label="Levels"
      value={chosen ?? 'list'}
      onChange={({ target: { value } }) =>
        change({ seek: value === 'growth' || value === 'goodput' ? value : undefined })
      }
    >
      <option value="list">As listed, one by one</option>
      {loop !== 'open' && <option value="growth">More, while it brings more</option>}
      <option value="goodput">The highest that stays good</option>
    </Choice>
  )
}

/** How far a search goes, and what it looks for. */
function Sought({ seek }: { seek: 'growth' | 'goodput' }) {
  const { loop = 'closed' } = useLabSearch()
  return (
    <>
      {seek === 'goodput' && (
        <NumberField
          name="goodput"
          label="Good, in %"
          range={ranges.goodput}
          step="any"
          title="The share of requests that keep what is entered below"
        />
      )}
      <NumberField name="most" label={loops[loop].most} range={ranges.most} />
      <p className={styles.about}>
        {seek === 'growth'
          ? 'It begins with 1 and doubles, until that brings less than a tenth more answers per second, more than 5 % fail, or this machine is the limit.'
          : 'It begins with 1 and doubles, until a level does not hold; then it tries the middle, to within 10 %.'}
      </p>
    </>
  )
}

/** The levels as they are listed. */
function Listed() {
  const search = useLabSearch()
  const change = useChange()
  const loop = search.loop ?? 'closed'
  const chosen = loadsOf(search)
  const name = loop === 'open' ? 'rates' : 'concurrency'
  const { label, chips } = loops[loop]
  return (
    <>
      <Chips
        label={label}
        chips={chips.map((load) => ({
          id: String(load),
          label: String(load),
          isChosen: chosen.includes(load),
        }))}
        onToggle={(load) =>
          change((before) => {
            const after = toggled(loadsOf(before), Number(load))
            return after.length === 0 ? {} : { [name]: after }
          })
        }
      />
      <LoadList key={loop} label="Or as a list" name={name} chosen={chosen} />
    </>
  )
}
