import { useState } from 'react'
import { Field } from '../../ui/field.tsx'
import { parseOutputs } from './outputs.ts'
import { useChange, useLabSearch } from './use-search.ts'

/** Output limits that differ, as a text: what cannot be read stays there and says why. */
export function OutputsField() {
  const { outputs = '' } = useLabSearch()
  const change = useChange()
  const [entered, setEntered] = useState<{ text: string; for: string } | null>(null)
  const text = entered?.for === outputs ? entered.text : outputs
  const read = text.trim() === '' ? null : parseOutputs(text)
  return (
    <Field
      label="Or limits that differ, in turn or at random"
      inputMode="decimal"
      placeholder="64, 256 or 64..256"
      value={text}
      problem={read !== null && 'problem' in read ? read.problem : null}
      onChange={({ target: { value } }) => {
        const isOne = value.trim() !== '' && 'outputs' in parseOutputs(value)
        const next = isOne ? value : value.trim() === '' ? '' : outputs
        setEntered({ text: value, for: next })
        change({ outputs: next === '' ? undefined : next })
      }}
      onBlur={() => {
        if (read === null || 'outputs' in read) setEntered(null)
      }}
    />
  )
}
