import type { JsonObject } from '../core/json.ts'
import type { ConfigDocument } from './document.ts'

/** The sections that stand for rows of the database, and what an entry of each is. */
export const sections = {
  targets: 'target',
  prices: 'price',
  channels: 'channel',
  maintenance: 'maintenance',
} as const

/** One of them. */
export type Section = keyof typeof sections

/** What the file says of one row of the database, in the form in which the database compares it. */
export interface ConfigItem {
  kind: (typeof sections)[Section]
  value: JsonObject
}

/** An item, and the entry of the file that says it. */
export interface PlacedItem {
  item: ConfigItem
  section: Section
  index: number
  /** What no two items of a kind share, for people. */
  name: string
}

/** The items of a file, in its order. */
export const itemsOf = (document: ConfigDocument): PlacedItem[] => [
  ...(document.targets ?? []).flatMap((each, index) => targetItems(each, index)),
  ...(document.prices ?? []).map(({ model, ...rates }, index) => ({
    item: { kind: 'price' as const, value: { ...split(model), ...rates } },
    section: 'prices' as const,
    index,
    name: model,
  })),
  ...(document.channels ?? []).map((channel, index) => ({
    item: { kind: 'channel' as const, value: { ...channel, kinds: channel.kinds.toSorted() } },
    section: 'channels' as const,
    index,
    name: channel.name,
  })),
  ...(document.maintenance ?? []).map((window, index) => ({
    item: { kind: 'maintenance' as const, value: { ...window } },
    section: 'maintenance' as const,
    index,
    name: window.name,
  })),
]

type Target = NonNullable<ConfigDocument['targets']>[number]

/** A target in each of its regions. */
function targetItems(
  { model, region, regions, active, limits, ...parameters }: Target,
  index: number,
): PlacedItem[] {
  return (regions ?? [region ?? null]).map((where) => ({
    item: { kind: 'target', value: { ...split(model), parameters, region: where, active, limits } },
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
