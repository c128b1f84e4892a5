import { getRouteApi } from '@tanstack/react-router'
import { Heading } from '../../ui/heading.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { About } from './about.tsx'
import { AccessPart } from './access.tsx'
import { Budget } from './budget.tsx'
import { Checks } from './checks.tsx'
import { Fleet } from './fleet.tsx'
import { Machine } from './machine.tsx'
import { Prompts } from './prompts.tsx'
import { Providers } from './providers.tsx'
import { ProxyTokens } from './proxy-tokens.tsx'
import { Retention } from './retention.tsx'
import { Schedule } from './schedule.tsx'
import type { SettingsSearch } from './search.ts'

const route = getRouteApi('/settings')

const tabs = [
  { id: undefined, label: 'Providers' },
  { id: 'schedule', label: 'Schedule' },
  { id: 'prompts', label: 'Prompts' },
  { id: 'budget', label: 'Budget' },
  { id: 'retention', label: 'Retention' },
  { id: 'machine', label: 'Calibration' },
  { id: 'fleet', label: 'Fleet' },
  { id: 'checks', label: 'Checks' },
  { id: 'access', label: 'Access' },
  { id: 'tokens', label: 'Proxy tokens' },
  { id: 'about', label: 'About' },
]

/** The screen Settings: what this installation is set to. Most of it is set in the environment. */
export function Settings() {
  const search = route.useSearch()
  return (
    <>
      <Heading
        title="Settings"
        ground={<span>most of it is set in the environment or in .env, and read when the server starts</span>}
      />
      <Tabs label="Parts of the settings" name="part" tabs={tabs} chosen={search.part} />
      <Part search={search} />
    </>
  )
}

const parts = {
  schedule: Schedule,
  budget: Budget,
  retention: Retention,
  machine: Machine,
  checks: Checks,
  access: AccessPart,
  about: About,
} as const

function Part({ search }: { search: SettingsSearch }) {
  if (search.part === undefined) return <Providers />
  if (search.part === 'prompts') return <Prompts search={search} />
  if (search.part === 'fleet') return <Fleet search={search} />
  if (search.part === 'tokens') return <ProxyTokens search={search} />
  const Shown = parts[search.part]
  return <Shown />
}
