import { Chips } from '../../ui/chips.tsx'
import { Choice } from '../../ui/field.tsx'
import form from '../../ui/form.module.css'
import { Prompt } from '../../ui/prompt.tsx'
import { categoryNames } from '../../ui/prompt-categories.ts'
import { Slider } from '../../ui/slider.tsx'
import { promptKinds, ranges, tierChips } from './choices.ts'
import { NumberField } from './number-field.tsx'
import { OutputsField } from './outputs-field.tsx'
import { useChange, useLabSearch } from './use-search.ts'

/** What every request says. */
export function Request() {
  const search = useLabSearch()
  const change = useChange()
  const { tokens = ranges.tokens.standard, temperature = ranges.temperature.standard } = search
  return (
    <>
      <Slider
        label="Max Tokens"
        {...ranges.tokens}
        value={tokens}
        isOff={search.outputs !== undefined}
        onChange={(value) => change({ tokens: value === ranges.tokens.standard ? undefined : value })}
      />
      <OutputsField />
      <Slider
        label="Temperature"
        {...ranges.temperature}
        value={temperature}
        onChange={(value) =>
          change({ temperature: value === ranges.temperature.standard ? undefined : value })
        }
      />
      <Contexts />
      <Cache />
      <Prompts />
    </>
  )
}

function Contexts() {
  const { tiers = [0] } = useLabSearch()
  const change = useChange()
  return (
    <Chips
      label="Context tiers, in tokens: every level with each"
      chips={tierChips.map((size) => ({
        id: String(size),
        label: size === 0 ? '0' : `${size / 1000}K`,
        isChosen: tiers.includes(size),
        note:
          size === 0 ? 'The prompt alone' : `About ${size.toLocaleString('en-US')} tokens before the prompt`,
      }))}
      onToggle={(id) =>
        change(({ tiers: before = [0] }) => {
          const after = tierChips.filter((size) => (String(size) === id) !== before.includes(size))
          const isUsual = after.length === 0 || (after.length === 1 && after[0] === 0)
          return { tiers: isUsual ? undefined : after }
        })
      }
    />
  )
}

/** What caches of prompts find. */
function Cache() {
  const { cache } = useLabSearch()
  const change = useChange()
  return (
    <div className={form.pair}>
      <Choice
        label="A prompt cache finds"
        value={cache ?? 'cold'}
        onChange={({ target: { value } }) =>
          change({
            cache: value === 'warm' || value === 'shared' ? value : undefined,
            ...(value !== 'shared' && { shared: undefined }),
          })
        }
      >
        <option value="cold">nothing: no two begin alike</option>
        <option value="warm">everything: all of a level are alike</option>
        <option value="shared">the beginning of each context</option>
      </Choice>
      {cache === 'shared' && <NumberField name="shared" label="Shared tokens" range={ranges.shared} />}
    </div>
  )
}

/** One prompt, or the built-in ones of a kind in turn. */
function Prompts() {
  const search = useLabSearch()
  const change = useChange()
  return (
    <>
      <Choice
        label="Prompts"
        value={search.category ?? 'one'}
        onChange={({ target: { value } }) => change({ category: promptKinds.find((kind) => kind === value) })}
      >
        <option value="one">One for all</option>
        {promptKinds.map((kind) => (
          <option key={kind} value={kind}>
            {categoryNames[kind]}: the built-in ones, in turn
          </option>
        ))}
      </Choice>
      {search.category === undefined && <Prompt chosen={search} onChange={change} />}
    </>
  )
}
