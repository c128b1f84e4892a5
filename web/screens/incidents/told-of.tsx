import type { Incident } from '../../api/incident-queries.ts'
import { Chips } from '../../ui/chips.tsx'
import { Choice } from '../../ui/field.tsx'
import { kindNames, severities } from '../../ui/incident-words.ts'
import { type EnteredChannel, takesDigests } from './channel-form.ts'
import form from '../../ui/form.module.css'
import { kinds as incidentKinds } from './search.ts'

const leastNames = {
  info: 'Everything',
  minor: 'Minor and worse',
  major: 'Major and worse',
  critical: 'Critical',
} as const

/** What a channel is told of: how bad it must be, and which kinds. */
export const Told = ({
  entered,
  change,
}: {
  entered: EnteredChannel
  change: (more: Partial<EnteredChannel>) => void
}) => {
  const { minSeverity, kinds, weekly } = entered
  return (
    <>
      <Choice
        label="Told of"
        value={minSeverity}
        onChange={({ target }) => change({ minSeverity: target.value as Incident['severity'] })}
      >
        {severities.toReversed().map((severity) => (
          <option key={severity} value={severity}>
            {leastNames[severity]}
          </option>
        ))}
      </Choice>
      <Chips
        label="Kinds, all if none is chosen"
        chips={incidentKinds.map((kind) => ({
          id: kind,
          label: kindNames[kind],
          isChosen: kinds.includes(kind),
        }))}
        onToggle={(id) => change({ kinds: toggled(kinds, id as Incident['kind']) })}
      />
      {takesDigests(entered.kind) && (
        <label className={form.check}>
          <input
            type="checkbox"
            checked={weekly}
            onChange={({ target }) => change({ weekly: target.checked })}
          />
          Each Monday, what changed in the week
        </label>
      )}
    </>
  )
}

const toggled = (kinds: EnteredChannel['kinds'], kind: Incident['kind']) =>
  kinds.includes(kind) ? kinds.filter((each) => each !== kind) : [...kinds, kind]
