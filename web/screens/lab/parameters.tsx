import form from '../../ui/form.module.css'
import styles from './lab.module.css'
import { NumberField } from './number-field.tsx'
import { seekOf } from './request.ts'
import { objectiveNames, objectives } from './choices.ts'
import { useChange, useLabSearch } from './use-search.ts'

const ms = { least: 1, most: 86_400_000 }

/** The objectives of a request, in ms; those that are kept if nothing is entered stand in their places. */
export const Objectives = ({ kept = {} }: { kept?: Readonly<Record<string, number>> }) => (
  <fieldset className={styles.objectives}>
    <legend>A good request keeps, in ms</legend>
    {objectives.map((name) => (
      <NumberField
        key={name}
        name={name}
        label={objectiveNames[name]}
        range={ms}
        step="any"
        placeholder={String(kept[name] ?? 'any')}
      />
    ))}
  </fieldset>
)

/** What a sweep must not exceed, and whether it may load what is not known to be ours. */
export function Limits() {
  const search = useLabSearch()
  const change = useChange()
  return (
    <>
      {/* A search for them has them beside it. */}
      {seekOf(search) !== 'goodput' && <Objectives />}
      <div className={form.pair}>
        <NumberField
          name="limit"
          label="May cost, in USD"
          range={{ least: 0, most: 1_000_000 }}
          step="any"
          placeholder="no limit"
          title="It ends before the call that could exceed it"
        />
        <NumberField
          name="errors"
          label="Calls that may fail"
          range={{ least: 1, most: 1_000_000 }}
          placeholder="any"
          title="It ends once so many have failed"
        />
      </div>
      <label className={form.check}>
        <input
          type="checkbox"
          checked={search.own ?? false}
          onChange={({ target }) => change({ own: target.checked ? true : undefined })}
        />
        <span className={styles.own}>
          I own this endpoint
          <small>Else one outside of this machine and its network takes 8 at once, or 2 per second</small>
        </span>
      </label>
    </>
  )
}
