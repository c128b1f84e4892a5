import { stringify } from 'yaml'
import { everyText } from '../core/every.ts'
import type { JsonObject } from '../core/json.ts'
import { syntheticId } from '../core/provider.ts'
import type { ConfigKind, ConfigState } from '../store/config-codec.ts'
import { type Section, sections } from './items.ts'

/** What the database has, as a file that says it; what is usual, and what is made up, is left out. */
export function exportConfig({ items }: ConfigState): string {
  const entriesOf = (kind: ConfigKind) =>
    items.filter((item) => item.kind === kind && !isMadeUp(item)).flatMap(entryOf)
  const written = (Object.keys(sections) as Section[])
    .map((section) => [section, entriesOf(sections[section])] as const)
    .filter(([, entries]) => entries.length > 0)
  return written.length === 0
    ? '# the database has nothing that a file may say\n'
    : stringify(
        Object.fromEntries(
          written.map(([section, entries]) => [section, section === 'rules' ? byKind(entries) : entries]),
        ),
        { lineWidth: 0 },
      )
}

/** Rules, which have a kind for a name. */
const byKind = (entries: readonly JsonObject[]): JsonObject =>
  Object.fromEntries(entries.map(({ kind, ...set }) => [kind as string, set]))

/** Whether a row is of the synthetic provider, of which a file says nothing: targets and what is for them alone. */
const isMadeUp = ({ value: { provider, scope } }: ConfigState['items'][number]): boolean =>
  provider === syntheticId ||
  (typeof scope === 'string' && new RegExp(`^(provider|target)/${syntheticId}(/|$)`).test(scope))

/** A row as an entry. A target that was only ever called by hand is none of the plan. */
function entryOf({ kind, key, value }: ConfigState['items'][number]): JsonObject[] {
  if (kind === 'target') return value['active'] === null ? [] : [targetEntry(value)]
  if (kind === 'price') return [priceEntry(value)]
  if (kind === 'component') return [without(value, usualComponent)]
  if (kind === 'prompt') return [without(value, { category: 'other' })]
  if (kind === 'rule') return [value]
  if (kind === 'channel') return [without(value, usualChannel)]
  // What no file made may share its name: its id tells it apart.
  const { name } = value as { name: string }
  const told = name === key ? key : `${name} (${key})`
  return [without({ ...value, name: told }, { ...unset, scope: 'all' })]
}

const usualChannel = {
  enabled: true,
  min_severity: 'info',
  kinds: [],
  weekly: false,
  settings: {},
  secrets: {},
}
const usualComponent = { name: null, group: null, position: null, hidden: false, description: null }
const unset = {
  starts_at: null,
  ends_at: null,
  cron: null,
  duration_minutes: null,
  time_zone: null,
  reason: null,
}

function targetEntry(value: JsonObject): JsonObject {
  const { provider: _, parameters, every_minutes: every, ...rest } = value
  const entry = {
    ...rest,
    model: nameOf(value),
    ...(parameters as JsonObject),
    ...(typeof every === 'number' && { every: everyText(every) }),
  }
  return without(entry, { reasoning: 'least', region: null, active: true, limits: {}, slo: {} })
}

function priceEntry(value: JsonObject): JsonObject {
  const { overrides, ...rates } = value['price'] as JsonObject & { overrides: JsonObject[] }
  return {
    model: nameOf(value),
    ...toNames(rates),
    ...(overrides.length > 0 && { overrides: overrides.map(toNames) }),
  }
}

const nameOf = (of: JsonObject): string => {
  const { provider, model } = of as { provider: string; model: string }
  return `${provider}/${model}`
}

const toNames = (rates: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(rates).flatMap(([column, rate]) =>
      rate === null ? [] : [[column.replace(/_per_m$/, ''), rate]],
    ),
  )

/** An entry without what has its usual value. */
const without = (entry: JsonObject, usual: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(entry).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(usual[name])),
  )
