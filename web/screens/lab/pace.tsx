import { Choice } from '../../ui/field.tsx'
import { ranges } from './choices.ts'
import { NumberField } from './number-field.tsx'
import { seekOf } from './request.ts'
import { useChange, useLabSearch } from './use-search.ts'

/** How long a level lasts if it lasts so many seconds and nobody has said how many. */
const usualSeconds = 30

/** How long a level lasts: so many calls, or so many seconds. */
export function Length() {
  const search = useLabSearch()
  const change = useChange()
  const isTimed = search.seconds !== undefined
  return (
    <>
      <Choice
        label="A level lasts"
        value={isTimed ? 'seconds' : 'calls'}
        onChange={({ target: { value } }) =>
          change({ total: undefined, seconds: value === 'seconds' ? usualSeconds : undefined })
        }
      >
        <option value="calls">so many calls</option>
        <option value="seconds">so many seconds</option>
      </Choice>
      {isTimed ? (
        <NumberField
          key="seconds"
          name="seconds"
          label="Seconds per level"
          range={ranges.seconds}
          title="What is in flight then ends, and counts"
        />
      ) : (
        <NumberField
          key="total"
          name="total"
          label="Calls per level"
          range={ranges.total}
          {...(seekOf(search) !== null && { placeholder: 'as needed' })}
        />
      )}
    </>
  )
}

/** How long clients of a closed loop wait between an answer and their next call. */
export function Pauses() {
  const { think, spread } = useLabSearch()
  const change = useChange()
  return (
    <>
      <NumberField
        name="think"
        label="Pause, in ms"
        range={ranges.think}
        placeholder="none"
        title="How long a client waits between an answer and its next call"
      />
      {think !== undefined && (
        <Choice
          label="Pauses are"
          value={spread ?? 'fixed'}
          onChange={({ target: { value } }) =>
            change({ spread: value === 'exponential' ? value : undefined })
          }
        >
          <option value="fixed">always so long</option>
          <option value="exponential">so long on average</option>
        </Choice>
      )}
    </>
  )
}

/** When requests of an open loop are due. */
export function Arrivals() {
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
