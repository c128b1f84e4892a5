import { useId } from 'react'
import { Chips } from '../../ui/chips.tsx'
import { Choice } from '../../ui/field.tsx'
import styles from './lab.module.css'
import { LoadList } from './load-list.tsx'
import { toggled } from './loads.ts'
import { NumberField } from './number-field.tsx'
import { loadsOf } from './request.ts'
import { ranges } from './search.ts'
import { useChange, useLabSearch } from './use-search.ts'

const loops = {
  closed: {
    name: 'Closed loop',
    about:
      'So many clients, each sending when its last answer has ended. Finds what an endpoint can do at most.',
    label: 'Calls in flight, level by level',
    chips: [1, 2, 4, 8, 16, 32],
  },
  open: {
    name: 'Open loop',
    about: 'So many requests per second, whatever becomes of them. Shows what users wait for.',
    label: 'Requests per second, level by level',
    chips: [0.5, 1, 2, 5, 10, 20],
  },
} as const

/** With what a sweep loads its targets. */
export function Load() {
  const id = useId()
  const search = useLabSearch()
  const change = useChange()
  const loop = search.loop ?? 'closed'
  const chosen = loadsOf(search)
  const name = loop === 'open' ? 'rates' : 'concurrency'
  const { label, chips } = loops[loop]
  return (
    <section className={styles.load} aria-labelledby={id}>
      <h2 id={id}>Load</h2>
      <Loops />
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
      <div className={styles.levels}>
        <LoadList key={loop} label="Or as a list" name={name} chosen={chosen} />
        <NumberField name="total" label="Calls per level" range={ranges.total} />
        {loop === 'open' && <Arrivals />}
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

/** When requests of an open loop are due. */
function Arrivals() {
  const { arrivals = 'constant' } = useLabSearch()
  const change = useChange()
  return (
    <>
      <Choice
        label="Arrivals"
        value={arrivals}
        onChange={({ target: { value } }) => {
          const isPoisson = value === 'poisson'
          change({ arrivals: isPoisson ? 'poisson' : undefined, ...(!isPoisson && { seed: undefined }) })
        }}
      >
        <option value="constant">Constant: evenly</option>
        <option value="poisson">Poisson: as users send</option>
      </Choice>
      {arrivals === 'poisson' && (
        <NumberField
          name="seed"
          label="Seed"
          range={ranges.seed}
          placeholder="drawn"
          title="The same seed makes the same arrivals again, so that two sweeps are compared request by request"
        />
      )}
      <NumberField
        name="slots"
        label="In flight at most"
        range={ranges.slots}
        title="When so many are in flight, requests are late, and that is shown"
      />
    </>
  )
}
