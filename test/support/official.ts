import { readFileSync } from 'node:fs'
import type { StatusFeed } from '../../src/core/official-status.ts'
import { providers } from '../../src/registry/providers.ts'

/** The text of a body in test/support/official. */
export const officialText = (file: string): string =>
  readFileSync(new URL(`official/${file}.json`, import.meta.url), 'utf8')

/** The same, read. */
export const officialBody = (file: string): unknown => JSON.parse(officialText(file))

/** The status feed of a provider of the registry. */
export function feedOf(id: string): StatusFeed {
  const feed = providers.find((provider) => provider.id === id)?.status
  if (feed === undefined) throw new Error(`${id} has no status feed`)
  return feed
}
