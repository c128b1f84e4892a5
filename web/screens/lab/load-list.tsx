import { useState } from 'react'
import { Field } from '../../ui/field.tsx'
import { parseLoads } from './loads.ts'
import { mostLoads, ranges } from './choices.ts'
import { useChange } from './use-search.ts'

/** The loads as a text: what cannot be read stays there and says why. */
export function LoadList({
  label,
  name,
  chosen,
}: {
  label: string
  name: 'concurrency' | 'rates'
  chosen: readonly number[]
}) {
  const change = useChange()
  const [entered, setEntered] = useState<{ text: string; for: string } | null>(null)
  const given = chosen.join(', ')
  const text = entered?.for === given ? entered.text : given
  const read = parseLoads(text, { ...ranges[name], whole: name === 'concurrency', entries: mostLoads })
  return (
    <Field
      label={label}
      inputMode="decimal"
      value={text}
      problem={'problem' in read ? read.problem : null}
      onChange={({ target: { value } }) => {
        const next = parseLoads(value, { ...ranges[name], whole: name === 'concurrency', entries: mostLoads })
        const loads = 'loads' in next ? next.loads : chosen
        setEntered({ text: value, for: loads.join(', ') })
        if ('loads' in next) change({ [name]: next.loads })
      }}
      onBlur={() => {
        if ('loads' in read) setEntered(null)
      }}
    />
  )
}
