import type { ConfiguredProvider } from '../core/provider.ts'
import { parseBaseUrl } from '../registry/base-url.ts'
import { configuredProviders, keyProblem } from '../registry/configure.ts'
import { customEntry, syntheticEntry } from '../registry/custom.ts'
import { noProviderKey } from '../run/benchmark.ts'
import { startSyntheticWorker } from '../synthetic/worker.ts'
import type { App } from './app.ts'
import type { RunFlags } from './flags.ts'

/** The providers a command calls, and how to let go of them. */
export interface Callable {
  providers: ConfiguredProvider[]
  close: () => Promise<void>
}

const nothingToClose = () => Promise.resolve()

/** The providers that flags and environment name: a custom endpoint, the synthetic provider, or every one with a key. */
export async function callableProviders(flags: RunFlags, app: App): Promise<Callable | { problem: string }> {
  if (flags.baseUrl !== null) return custom(flags, flags.baseUrl, app)
  if (flags.synthetic) return synthetic()
  const { providers, problems } = configuredProviders(app.env)
  const asked = problems.filter(({ provider }) => isAsked(provider, flags.provider))
  if (asked.length > 0) return { problem: asked.map(({ message }) => message).join('\n') }
  if (providers.length > 0) return { providers, close: nothingToClose }
  if (flags.provider.length > 0) return { problem: noProviderKey.message }
  return app.store.embedded || flags.noSave
    ? synthetic()
    : { problem: `${noProviderKey.message}; or use --synthetic` }
}

/** Whether a provider is among those asked for, by id or display name; nobody in particular means all. */
const isAsked = ({ id, name }: { id: string; name: string }, asked: readonly string[]): boolean =>
  asked.length === 0 || asked.some((text) => [id, name.toLowerCase()].includes(text.toLowerCase()))

function custom(flags: RunFlags, url: string, { env }: App): Callable | { problem: string } {
  const base = parseBaseUrl(url)
  if ('problem' in base) return { problem: `--base-url ${base.problem}` }
  const key = flags.apiKeyEnv === null ? null : (env[flags.apiKeyEnv]?.trim() ?? '')
  if (key === '') return { problem: `--api-key-env: the variable ${flags.apiKeyEnv} is not set` }
  const wrong = key === null ? null : keyProblem(key)
  if (wrong !== null) return { problem: `--api-key-env: the variable ${flags.apiKeyEnv} ${wrong}` }
  const { baseUrl } = base
  const entry = customEntry({
    baseUrl,
    model: flags.model ?? '',
    ...(flags.name === null ? {} : { name: flags.name }),
  })
  return { providers: [{ entry, baseUrl, key, synthetic: false }], close: nothingToClose }
}

/** The synthetic provider runs in a thread of its own: in ours it would disturb the clock that measures it. */
async function synthetic(): Promise<Callable> {
  const server = await startSyntheticWorker()
  const entry = syntheticEntry(server.url)
  return { providers: [{ entry, baseUrl: server.url, key: null, synthetic: true }], close: server.close }
}
