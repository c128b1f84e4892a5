import type { ReactNode } from 'react'
import { Heading } from '../../ui/heading.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { useLabSearch } from './use-search.ts'

const tabs = [
  { id: undefined, label: 'New sweep' },
  { id: 'sweeps', label: 'Sweeps' },
]

/** The head of what is not one sweep. */
export function LabHeading({ ground }: { ground?: ReactNode }) {
  const { view } = useLabSearch()
  return (
    <>
      <Heading title="Load lab" ground={ground} />
      <Tabs label="Parts of the load lab" name="view" tabs={tabs} chosen={view} keeps />
    </>
  )
}
