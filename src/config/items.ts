import { toMinutes } from '../core/every.ts'
import type { ConfigItem, ConfigKind } from '../store/config-codec.ts'
import type { ConfigDocument } from './document.ts'

/** The sections that stand for rows of the database, and what an entry of each is. */
export const sections = {
  targets: 'target',
  components: 'component',
  prices: 'price',
  prompts: 'prompt',
  rules: 'rule',
  channels: 'channel',
  maintenance: 'maintenance',
} as const satisfies Record<string, ConfigKind>

/** One of them. */
export type Section = keyof typeof sections

/** An item, and the entry of the file that says it. */
export interface PlacedItem {
  item: ConfigItem
  section: Section
  /** Its place, or the kind of a rule. */
  index: number | string
  /** What no two items of a kind share, for people. */
  name: string
}

/** The items of a file, in its order. */
export const itemsOf = (document: ConfigDocument): PlacedItem[] => [
  ...(document.targets ?? []).flatMap((each, index) => targetItems(each, index)),
  ...(document.components ?? []).map((component, index) => ({
    item: { kind: 'component' as const, value: component },
    section: 'components' as const,
    index,
    name: component.key,
  })),
  ...(document.prices ?? []).map(({ model, overrides, ...rates }, index) => ({
    item: {
      kind: 'price' as const,
      value: {
        ...split(model),
        price: { ...allRates, ...toColumns(rates), overrides: overrides.map(toColumns) },
      },
    },
    section: 'prices' as const,
    index,
    name: model,
  })),
  ...(document.prompts ?? []).map((prompt, index) => ({
    item: { kind: 'prompt' as const, value: prompt },
    section: 'prompts' as const,
    index,
    name: prompt.name,
  })),
  ...Object.entries(document.rules ?? {}).map(([kind, set]) => ({
    item: { kind: 'rule' as const, value: { kind, ...set } },
    section: 'rules' as const,
    index: kind,
    name: kind,
  })),
  ...(document.channels ?? []).map((channel, index) => ({
    item: { kind: 'channel' as const, value: { ...channel, kinds: channel.kinds.toSorted() } },
    section: 'channels' as const,
    index,
    name: channel.name,
  })),
  ...(document.maintenance ?? []).map((window, index) => ({
    item: {
      kind: 'maintenance' as const,
      value: { ...window, starts_at: inUtc(window.starts_at), ends_at: inUtc(window.ends_at) },
    },
    section: 'maintenance' as const,
    index,
    name: window.name,
  })),
]

type Target = NonNullable<ConfigDocument['targets']>[number]

/** A target in each of its regions. */
function targetItems(
  { model, region, regions, active, every, limits, slo, ...parameters }: Target,
  index: number,
): PlacedItem[] {
  const set = { active, limits, slo, ...(every !== undefined && { every_minutes: toMinutes(every) }) }
  return (regions ?? [region ?? null]).map((where) => ({
    item: { kind: 'target', value: { ...split(model), parameters, region: where, ...set } },
    section: 'targets',
    index,
    name: targetName(model, parameters, where),
  }))
}

/** A target in one line: `openai/gpt-5 reasoning=default region=eu`; what is usual is left out. */
function targetName(
  model: string,
  { reasoning, max_tokens: limit, pin }: Pick<Target, 'reasoning' | 'max_tokens' | 'pin'>,
  region: string | null,
): string {
  return [
    model,
    reasoning === 'least' ? null : `reasoning=${reasoning}`,
    limit === undefined ? null : `max_tokens=${limit}`,
    pin === undefined ? null : `pin=${pin}`,
    region === null ? null : `region=${region}`,
  ]
    .filter((part) => part !== null)
    .join(' ')
}

function split(name: string): { provider: string; model: string } {
  const at = name.indexOf('/')
  return { provider: name.slice(0, at), model: name.slice(at + 1) }
}

const rateColumns: Readonly<Record<string, string>> = {
  input: 'input_per_m',
  output: 'output_per_m',
  cached: 'cached_per_m',
  cache_write: 'cache_write_per_m',
  reasoning: 'reasoning_per_m',
}
const allRates = Object.fromEntries(Object.values(rateColumns).map((column) => [column, null]))

const toColumns = (rates: Readonly<Record<string, number | string>>) =>
  Object.fromEntries(Object.entries(rates).map(([name, value]) => [rateColumns[name] ?? name, value]))

/** A moment as the database compares it. */
const inUtc = (moment: string | null): string | null => moment && new Date(moment).toISOString()
