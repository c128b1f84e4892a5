/** A model that a provider is about to shut down, or lists no more. */
export interface Leaving {
  provider: string
  model: string
  /** A day; null if nobody said. */
  shutdownOn: string | null
  successor: string | null
}

interface Sync {
  provider: string
  status: string
  details: Readonly<Record<string, unknown>>
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** What the latest sync of each provider says is leaving. `syncs` are latest first. */
export function leavingOf(syncs: readonly Sync[]): Leaving[] {
  return latestOf(syncs).flatMap(({ provider, details }) =>
    objectsOf(details['leaving']).flatMap((each) => {
      const target = each['target'] as Record<string, unknown> | undefined
      const model = textOf(target?.['model'])
      const about = { shutdownOn: textOf(each['shutdown_on']), successor: textOf(each['successor']) }
      return model === null ? [] : [{ provider, model, ...about }]
    }),
  )
}

/** The latest sync of each provider whose listing was taken. */
function latestOf<Each extends Sync>(syncs: readonly Each[]): Each[] {
  const taken = syncs.filter(({ status }) => status === 'saved').toReversed()
  return [...new Map(taken.map((sync) => [sync.provider, sync])).values()]
}

/** A price in USD per million tokens, and whose it is. */
export interface NamedPrice {
  input: number
  output: number
  source: string
}

/** Two sources that give other prices of a model; the chosen one counts. */
export interface Conflict {
  provider: string
  model: string
  chosen: NamedPrice
  other: NamedPrice
  /** The share by which they differ, 0 to 1. */
  gap: number
}

const objectsOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? (value as Record<string, unknown>[]) : []

/** A list of names in the details of a sync: `added`, `left`, `returned` or `changed`. */
export const namesOf = ({ details }: Pick<Sync, 'details'>, list: string): string[] =>
  Array.isArray(details[list]) ? details[list].map(String) : []

function priceOf(value: unknown): NamedPrice | null {
  const { input_per_m: input, output_per_m: output, source } = (value ?? {}) as Record<string, unknown>
  if (typeof input !== 'number' || typeof output !== 'number') return null
  return { input, output, source: textOf(source) ?? 'unknown' }
}

/** The prices that a sync set, with what they were. */
export const pricesOf = ({ details }: Pick<Sync, 'details'>) =>
  objectsOf(details['prices']).flatMap(({ model, before, price }) => {
    const now = priceOf(price)
    return now === null ? [] : [{ model: String(model), before: priceOf(before), now }]
  })

/** Where the latest sync of each provider found two prices, widest apart first. `syncs` are latest first. */
export const conflictsOf = (syncs: readonly Sync[]): Conflict[] =>
  latestOf(syncs)
    .flatMap(({ provider, details }) =>
      objectsOf(details['conflicts']).flatMap(({ model, gap, ...prices }) => {
        const [chosen, other] = [priceOf(prices['chosen']), priceOf(prices['other'])]
        if (chosen === null || other === null) return []
        return [{ provider, model: String(model), chosen, other, gap: Number(gap) }]
      }),
    )
    .toSorted((a, b) => b.gap - a.gap)
