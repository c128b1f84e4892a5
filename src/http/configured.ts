import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import { configuredProviders } from '../registry/configure.ts'

/** The providers that the environment configures. Misconfigured ones are logged and left out. */
export function configuredHere({ env, log }: Pick<App, 'env' | 'log'>): ConfiguredProvider[] {
  const { providers, problems } = configuredProviders(env)
  for (const { message } of problems) log.error({ kind: 'bad_configuration' }, message)
  return providers
}
