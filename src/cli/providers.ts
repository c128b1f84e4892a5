import { trimmed } from '../core/trimmed.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { parseBaseUrl } from '../registry/base-url.ts'
import { configuredProviders, keyProblem } from '../registry/configure.ts'
import { customEntry, syntheticEntry } from '../registry/custom.ts'
import { noProviderKey } from '../jobs/refusal.ts'
import { selectTargets } from '../registry/select.ts'
import { startSyntheticWorker } from '../synthetic/worker.ts'
import type { App } from '../jobs/app.ts'
import type { RunFlags } from './run-flags.ts'
import { answerOptions } from './synthetic.ts'

/** The flags that choose providers. */
export type ProviderFlags = Pick<
  RunFlags,
  'provider' | 'model' | 'baseUrl' | 'apiKeyEnv' | 'name' | 'synthetic' | 'noSave'
>

/** No flag says whom to call. */
export const allConfigured: ProviderFlags = {
  provider: [],
  model: null,
  baseUrl: null,
  apiKeyEnv: null,
  name: null,
  synthetic: false,
  noSave: false,
}

/** The providers that a command calls, and how to release them. */
export interface Callable {
  providers: ConfiguredProvider[]
  close: () => Promise<void>
}

const nothingToClose = () => Promise.resolve()

/**
 * Chooses providers by flags and environment: a custom endpoint, the synthetic provider, or all that are
 * configured.
 */
export async function callableProviders(
  flags: ProviderFlags,
  app: App,
): Promise<Callable | { problem: string }> {
  if (flags.baseUrl !== null) return custom(flags, flags.baseUrl, app)
  if (flags.synthetic) return synthetic(app)
  const { providers, problems } = configuredProviders(app.env)
  const asked = problems.filter(({ provider }) => isAsked(provider, flags.provider))
  if (asked.length > 0) return { problem: asked.map(({ message }) => message).join('\n') }
  if (providers.length > 0) return { providers, close: nothingToClose }
  if (flags.provider.length > 0) return { problem: notConfigured(flags.provider, []) }
  return app.store.embedded || flags.noSave
    ? synthetic(app)
    : { problem: `${noProviderKey.message}; or use --synthetic` }
}

/** Why a requested provider is not among the configured ones. */
export function notConfigured(
  providers: readonly string[],
  configured: readonly ConfiguredProvider[],
): string {
  const nothing = { targets: [], models: [] }
  const selection = selectTargets({ configured, catalog: nothing, providers, region: '', model: null })
  return 'problem' in selection ? selection.problem : noProviderKey.message
}

/** Whether a provider is requested, by id or display name; an empty list requests all. */
export const isAsked = ({ id, name }: { id: string; name: string }, asked: readonly string[]): boolean =>
  asked.length === 0 || asked.some((text) => [id, name.toLowerCase()].includes(text.toLowerCase()))

function custom(flags: ProviderFlags, url: string, { env }: App): Callable | { problem: string } {
  const base = parseBaseUrl(url)
  if ('problem' in base) return { problem: `--base-url ${base.problem}` }
  const key = flags.apiKeyEnv === null ? null : trimmed(env[flags.apiKeyEnv] ?? '')
  if (key === '') return { problem: `--api-key-env: the variable ${flags.apiKeyEnv} is not set` }
  const wrong = key === null ? null : keyProblem(key)
  if (wrong !== null) return { problem: `--api-key-env: the variable ${flags.apiKeyEnv} ${wrong}` }
  const { baseUrl } = base
  const named = customEntry({
    baseUrl,
    model: flags.model ?? '',
    ...(flags.name === null ? {} : { name: flags.name }),
  })
  // Error messages then name the flags that were typed.
  const entry = { ...named, baseUrlName: '--base-url', keyNames: [flags.apiKeyEnv ?? '--api-key-env'] }
  return { providers: [{ entry, baseUrl, key, synthetic: false, trusted: true }], close: nothingToClose }
}

/** Starts the synthetic provider in its own thread: in ours it would disturb the clock that measures it. */
async function synthetic({ env }: App): Promise<Callable | { problem: string }> {
  const options = answerOptions({}, env)
  if ('problem' in options) return options
  const server = await startSyntheticWorker({ options })
  const entry = syntheticEntry(server.url)
  return {
    providers: [{ entry, baseUrl: server.url, key: null, synthetic: true, trusted: true }],
    close: server.close,
  }
}
