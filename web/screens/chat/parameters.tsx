import { type FormEvent, useId, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import form from '../../ui/dialog-form.module.css'
import styles from './chat.module.css'
import type { Wanted } from './conversation.ts'
import type { ChatState } from './use-chat.ts'

/** How models are to answer, in short. */
export function parametersText({ system, maxTokens, temperature, reasoning }: Wanted): string {
  const said = [
    ...(temperature === null ? [] : [`temperature ${temperature}`]),
    ...(maxTokens === null ? [] : [`${maxTokens} tokens`]),
    ...(reasoning === 'least' ? ['least reasoning'] : []),
    ...(system.trim() === '' ? [] : ['system message']),
  ]
  return said.length === 0 ? 'Parameters' : said.join(', ')
}

const numberOf = (text: string): number | null => (text.trim() === '' ? null : Number(text))

/** Numbers that may be entered. */
interface Bounds {
  least: number
  most: number
  isWhole: boolean
}

/** What is wrong with a number; null if nothing is. */
const wrong = (text: string, { least, most, isWhole }: Bounds): string | null => {
  const number = numberOf(text)
  if (number === null) return null
  const fits = number >= least && number <= most && (!isWhole || Number.isInteger(number))
  return fits ? null : `${isWhole ? 'a whole number' : 'a number'} from ${least} to ${most}`
}

/** The form of how models are to answer. */
export function Parameters({
  chat: { wanted, setWanted },
  onClose,
}: {
  chat: ChatState
  onClose: () => void
}) {
  const id = useId()
  const [system, setSystem] = useState(wanted.system)
  const [reasoning, setReasoning] = useState(wanted.reasoning)
  const [temperature, setTemperature] = useState(String(wanted.temperature ?? ''))
  const [most, setMost] = useState(String(wanted.maxTokens ?? ''))
  const wrongTemperature = wrong(temperature, { least: 0, most: 2, isWhole: false })
  const wrongMost = wrong(most, { least: 1, most: 1_000_000, isWhole: true })
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (wrongTemperature !== null || wrongMost !== null) return
    setWanted({ system, reasoning, temperature: numberOf(temperature), maxTokens: numberOf(most) })
    onClose()
  }
  return (
    <Dialog title="Parameters" onClose={onClose}>
      <form className={form.form} onSubmit={save}>
        <span className={styles.system}>
          <label htmlFor={id}>System message (optional)</label>
          <textarea id={id} rows={3} value={system} onChange={({ target }) => setSystem(target.value)} />
        </span>
        <Field
          label="Temperature (empty: as the model does by default)"
          inputMode="decimal"
          value={temperature}
          problem={wrongTemperature}
          onChange={({ target }) => setTemperature(target.value)}
        />
        <Field
          label="Most tokens of an answer (empty: as the provider does by default)"
          inputMode="numeric"
          value={most}
          problem={wrongMost}
          onChange={({ target }) => setMost(target.value)}
        />
        <Choice
          label="Reasoning"
          value={reasoning}
          onChange={({ target }) => setReasoning(target.value as Wanted['reasoning'])}
        >
          <option value="default">As the model does by default</option>
          <option value="least">As little as the model allows</option>
        </Choice>
        <Button kind="primary" type="submit">
          Use these
        </Button>
      </form>
    </Dialog>
  )
}
