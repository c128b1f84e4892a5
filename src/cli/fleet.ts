import { toJsonText } from '../core/json.ts'
import type { App } from '../jobs/app.ts'
import { fleetText } from '../report/fleet.ts'
import { printable } from '../report/format.ts'
import type { Store } from '../store/store.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import { showCapacity } from './fleet-capacity.ts'
import { fleetAsked, type FleetCommand, fleetFlags, fleetHelp } from './fleet-flags.ts'
import { providerNamed } from './named-provider.ts'

/** What a subcommand shows. */
interface Done {
  document: unknown
  text: string
}

interface Asked {
  region: string | null
  provider: string
  lanes: number | null
  targets: number | null
  regions: number | null
  every: number | null
}

type Subcommand = (asked: Asked, parts: { store: Store; app: App }) => Promise<Done>

const status: Subcommand = async ({ region }, { store }) => {
  const fleet = await store.readFleet({ region })
  return { document: fleet, text: fleetText(fleet) }
}

const setLanes: Subcommand = async ({ provider: name, lanes }, { store, app }) => {
  const { id: provider } = providerNamed(name, app)
  const set = await store.setLanes({ provider, lanes })
  const many = lanes === null ? 'as many calls as usual' : `${lanes} ${lanes === 1 ? 'call' : 'calls'}`
  return { document: set, text: `each region may have ${many} of ${printable(provider)} in flight` }
}

const commands: Readonly<Record<FleetCommand, Subcommand>> = {
  status,
  lanes: setLanes,
  capacity: showCapacity,
}

/** `fleet`: shows workers, queue and lanes, and sets how many lanes a provider has; what a wider schedule would take. */
export const fleet = defineCommand({
  name: 'fleet',
  help: fleetHelp,
  flags: fleetFlags,
  needs: 'store',
  run: async (given, { app, store, streams }) => {
    const { command, ...asked } = fleetAsked(given)
    const { document, text } = await commands[command]({ ...given, ...asked }, { store, app })
    streams.stdout.write(given.json ? `${toJsonText(document, 2)}\n` : `${text}\n`)
    return exitCode.ok
  },
})
