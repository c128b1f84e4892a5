import { Chips } from '../../ui/chips.tsx'
import form from '../../ui/form.module.css'
import { Prompt } from '../../ui/prompt.tsx'
import { Slider } from '../../ui/slider.tsx'
import styles from './lab.module.css'
import { NumberField } from './number-field.tsx'
import { objectiveNames, objectives, ranges, tierChips } from './search.ts'
import { useChange, useLabSearch } from './use-search.ts'

/** What every request says. */
export function Request() {
  const search = useLabSearch()
  const change = useChange()
  const { tokens = ranges.tokens.standard, temperature = ranges.temperature.standard, tiers = [0] } = search
  const toggle = (id: string) =>
    change(({ tiers: before = [0] }) => {
      const after = tierChips.filter((size) => (String(size) === id) !== before.includes(size))
      const isUsual = after.length === 0 || (after.length === 1 && after[0] === 0)
      return { tiers: isUsual ? undefined : after }
    })
  return (
    <>
      <Slider
        label="Max Tokens"
        {...ranges.tokens}
        value={tokens}
        onChange={(value) => change({ tokens: value === ranges.tokens.standard ? undefined : value })}
      />
      <Slider
        label="Temperature"
        {...ranges.temperature}
        value={temperature}
        onChange={(value) =>
          change({ temperature: value === ranges.temperature.standard ? undefined : value })
        }
      />
      <Chips
        label="Context tiers, in tokens: every level with each"
        chips={tierChips.map((size) => ({
          id: String(size),
          label: size === 0 ? '0' : `${size / 1000}K`,
          isChosen: tiers.includes(size),
          note:
            size === 0
              ? 'The prompt alone'
              : `About ${size.toLocaleString('en-US')} tokens before the prompt`,
        }))}
        onToggle={toggle}
      />
      <Prompt chosen={search} onChange={change} />
    </>
  )
}

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
  const { own } = useLabSearch()
  const change = useChange()
  return (
    <>
      <Objectives />
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
          checked={own ?? false}
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
