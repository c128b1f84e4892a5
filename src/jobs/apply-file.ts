import type { ConfigFile } from '../config/parse.ts'
import { configuredProviders } from '../registry/configure.ts'
import { providers as registered } from '../registry/providers.ts'
import type { ApplyInput } from '../store/config-codec.ts'
import { isUnreachableKind, type Store, StoreError } from '../store/store.ts'
import type { App } from './app.ts'

/** What applying a file needs of the app. */
type Applying = Pick<App, 'env' | 'owner'>

/**
 * Applies a file to the database. At a start, a file that is applied already is left alone, and nothing is pruned.
 * Rejects with a StoreError that names the file if the database refuses it, which then changed nothing.
 */
export async function applyFile(
  store: Store,
  file: ConfigFile,
  { env, owner, prune, atStart }: Applying & { prune: boolean; atStart: boolean },
) {
  const { hash, sections, items } = file
  const input: ApplyInput = {
    hash,
    sections,
    items,
    prune,
    abouts: aboutsOf(file, env),
    owner,
    unlessApplied: atStart,
  }
  try {
    return await store.applyConfig(input)
  } catch (error) {
    if (!(error instanceof StoreError) || isUnreachableKind(error.kind)) throw error
    const message = `${file.path} is not applied, and nothing is changed: ${error.message}`
    // Whatever the database has against it, it is the file that is wrong.
    const kind = error.kind === 'conflict' ? 'invalid' : error.kind
    throw new StoreError(kind, message, { code: error.code, cause: error })
  }
}

/** What an item may name of a provider. */
interface Named {
  provider: string
  parameters: { pin?: string }
  /** Of a maintenance window. */
  scope: string
}

/**
 * What is wrong with the providers of a file, which no schema knows: by file, line and path. A database may know more
 * providers than this environment, so only who checks a file by a command asks.
 */
export function wrongNames({ items, placeOf }: ConfigFile, env: App['env']): string[] {
  const known = knownProviders(env)
  const problems = items.flatMap(({ kind, value }, index) => {
    const { parameters, scope = '', ...rest } = value as Partial<Named>
    const ofWindow = /^provider\/(.*)$/.exec(scope)?.[1]
    const provider = rest.provider ?? ofWindow
    const entry = known.find(({ id }) => id === provider)
    if (provider !== undefined && entry === undefined)
      return [
        `${placeOf(index, ofWindow === undefined ? 'model' : 'scope')}: there is no provider ${provider}: ${known.map(({ id }) => id).join(', ')}`,
      ]
    return kind === 'target' && parameters?.pin !== undefined && entry?.pin === undefined
      ? [`${placeOf(index, 'pin')}: is for providers that route to hosts, and ${provider} does not`]
      : []
  })
  return [...new Set(problems)]
}

/** Those with a line in the registry, and the endpoint of the environment. */
function knownProviders(env: App['env']) {
  const configured = configuredProviders(env).providers.map(({ entry, baseUrl }) => ({ ...entry, baseUrl }))
  const ids = new Set(configured.map(({ id }) => id))
  return [...registered.filter(({ id }) => !ids.has(id)), ...configured]
}

/** The providers that the items name, as the database would create them. */
function aboutsOf({ items }: ConfigFile, env: App['env']): ApplyInput['abouts'] {
  const named = new Set(items.map(({ value }) => value['provider']))
  const found = knownProviders(env).filter(({ id }) => named.has(id))
  return Object.fromEntries(
    found.map(({ id, name, baseUrl, logoUrl }) => [id, { id, name, baseUrl, logoUrl, synthetic: false }]),
  )
}

/**
 * The app with a store that applies the file when it is first opened, so that what is planned is what the file says.
 * `refused` is told what the database refuses, and may throw it.
 */
export function applyingFile(app: App, refused: (error: StoreError) => void): App {
  const { file, store, log } = app
  if (file === null) return app
  let isDone = false
  const apply = async (opened: Store) => {
    try {
      const { applied, changes } = await applyFile(opened, file, { ...app, prune: false, atStart: true })
      if (applied) log.info({ changes: changes.length }, `${file.path} is applied`)
    } catch (error) {
      if (!(error instanceof StoreError) || isUnreachableKind(error.kind)) throw error
      refused(error)
    }
    isDone = true
  }
  const open: App['store']['open'] = async (stop) => {
    const opened = await store.open(stop)
    if (isDone) return opened
    try {
      await apply(opened)
      return opened
    } catch (error) {
      await opened.close()
      throw error
    }
  }
  return { ...app, store: { ...store, open } }
}

/** For whoever makes nothing with a file that is refused. */
export const refuseFile = (error: StoreError): never => {
  throw error
}
