import type { InputHTMLAttributes } from 'react'
import { Field } from '../../ui/field.tsx'
import type { LabSearch } from './search.ts'
import { useChange, useLabSearch } from './use-search.ts'

type NumberName = {
  [Name in keyof LabSearch]-?: LabSearch[Name] extends number | undefined ? Name : never
}[keyof LabSearch]

/** A number of the URL; what is usual stands in its place while it is empty. */
export function NumberField({
  name,
  label,
  range: { least, most, standard },
  step = 1,
  ...rest
}: {
  name: NumberName
  label: string
  range: { least: number; most: number; standard?: number }
  step?: number | 'any'
} & Pick<InputHTMLAttributes<HTMLInputElement>, 'placeholder' | 'title'>) {
  const search = useLabSearch()
  const change = useChange()
  return (
    <Field
      label={label}
      type="number"
      min={least}
      max={most}
      step={step}
      placeholder={standard === undefined ? undefined : String(standard)}
      value={search[name] ?? ''}
      onChange={({ target: { valueAsNumber: entered } }) => {
        const value = Math.min(most, Math.max(least, step === 'any' ? entered : Math.round(entered)))
        change({ [name]: Number.isNaN(entered) ? undefined : value })
      }}
      {...rest}
    />
  )
}
