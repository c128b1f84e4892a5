import { type ConfigFile, parseConfig } from '../../src/config/parse.ts'
import { applyFile } from '../../src/jobs/apply-file.ts'
import type { Store } from '../../src/store/store.ts'

/** A file of this content, as a start reads it. */
export function configFileOf(content: string | object): ConfigFile {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  const file = parseConfig(new TextEncoder().encode(text), { path: 'firsttoken.yaml', egressAllow: [] })
  if ('problems' in file) throw new Error(file.problems.join('\n'))
  return file
}
const usual = { env: {}, owner: 'a test', prune: false, atStart: false }
/** Applies a file of this content, as a command does. */
export const applyTo = (store: Store, content: string | object, more: Partial<typeof usual> = {}) =>
  applyFile(store, configFileOf(content), { ...usual, ...more })
/** What that would change. */
export const changesOf = async (store: Store, content: string | object, prune = false) =>
  (await store.diffConfig({ ...configFileOf(content), prune })).changes
