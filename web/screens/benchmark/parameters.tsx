import { Chips } from '../../ui/chips.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import styles from '../../ui/form.module.css'
import { Prompt } from '../../ui/prompt.tsx'
import { Slider } from '../../ui/slider.tsx'
import { type Mode, modes, ranges, sizeNames, tierChips } from './search.ts'
import { useBenchmarkSearch, useChange } from './use-search.ts'

const modeNames: Readonly<Record<Mode, string>> = {
  comparison: 'Comparison: each model several times',
  single: 'Single: one call of one model',
  multi: 'Multi: one model, several times in turn',
  concurrent: 'Concurrent: one model, several at once',
}

/** How models are called. */
export function Parameters() {
  const search = useBenchmarkSearch()
  const change = useChange()
  const { mode = 'comparison' } = search
  return (
    <>
      <Choice
        label="Mode"
        value={mode}
        onChange={({ target }) =>
          change({ mode: modes.find((each) => each === target.value && each !== 'comparison') })
        }
      >
        {modes.map((each) => (
          <option key={each} value={each}>
            {modeNames[each]}
          </option>
        ))}
      </Choice>
      <Figure name="tokens" label="Max Tokens" />
      <Figure name="temperature" label="Temperature" />
      {mode !== 'single' && <Figure name="runs" label="Runs" />}
      {mode === 'concurrent' && <Figure name="concurrency" label="Concurrency" />}
      <Tiers />
      <Prompt chosen={search} onChange={change} />
      <div className={styles.pair}>
        {mode !== 'single' && (
          <label className={styles.check}>
            <input
              type="checkbox"
              checked={search.warmup ?? false}
              onChange={({ target }) => change({ warmup: target.checked ? true : undefined })}
            />
            Warm-up call, which does not count
          </label>
        )}
        <Limit />
      </div>
    </>
  )
}

function Figure({ name, label }: { name: keyof typeof ranges; label: string }) {
  const search = useBenchmarkSearch()
  const change = useChange()
  const { standard, ...range } = ranges[name]
  return (
    <Slider
      label={label}
      {...range}
      value={search[name] ?? standard}
      onChange={(value) => change({ [name]: value === standard ? undefined : value })}
    />
  )
}

/** Sizes of context: several make a stress test. */
function Tiers() {
  const { tiers = [0] } = useBenchmarkSearch()
  const change = useChange()
  const toggle = (size: number) =>
    change(({ tiers: before = [0] }) => {
      const after = tierChips.filter((each) => (each === size) !== before.includes(each))
      const isUsual = after.length === 0 || (after.length === 1 && after[0] === 0)
      return { tiers: isUsual ? undefined : after }
    })
  return (
    <Chips
      label="Context Tiers, in tokens"
      chips={tierChips.map((size) => ({
        id: String(size),
        label: sizeNames[size],
        isChosen: tiers.includes(size),
        note:
          size === 0 ? 'The prompt alone' : `About ${size.toLocaleString('en-US')} tokens before the prompt`,
      }))}
      onToggle={(id) => toggle(Number(id))}
    />
  )
}

/** What the run may cost: needed if nobody knows, or if it may be more than a dollar. */
function Limit() {
  const { limit } = useBenchmarkSearch()
  const change = useChange()
  return (
    <Field
      label="May cost, in USD"
      type="number"
      min={0}
      step="any"
      placeholder="1"
      value={limit ?? ''}
      onChange={({ target }) =>
        change({ limit: Number.isNaN(target.valueAsNumber) ? undefined : Math.max(0, target.valueAsNumber) })
      }
    />
  )
}
