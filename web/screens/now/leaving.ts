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
  const latest = new Map(
    syncs
      .filter(({ status }) => status === 'saved')
      .toReversed()
      .map((sync) => [sync.provider, sync]),
  )
  return [...latest.values()].flatMap(({ provider, details }) =>
    (Array.isArray(details['leaving']) ? (details['leaving'] as Record<string, unknown>[]) : []).flatMap(
      (each) => {
        const target = each['target'] as Record<string, unknown> | undefined
        const model = textOf(target?.['model'])
        const about = { shutdownOn: textOf(each['shutdown_on']), successor: textOf(each['successor']) }
        return model === null ? [] : [{ provider, model, ...about }]
      },
    ),
  )
}
