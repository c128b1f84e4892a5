import { trimmed } from '../core/trimmed.ts'
import { type ConfiguredProvider, type ProviderEntry, syntheticId } from '../core/provider.ts'
import { type BaseUrl, parseBaseUrl } from './base-url.ts'
import { customEntry } from './custom.ts'
import { providers } from './providers.ts'

/** An environment, such as `process.env`. */
export type Environment = Record<string, string | undefined>

/** Why a provider cannot be called although something is set for it, as a sentence. */
interface Misconfigured {
  provider: Pick<ProviderEntry, 'id' | 'name'>
  message: string
}

/** The callable providers, and those that are set but not callable. */
export interface Configuration {
  providers: ConfiguredProvider[]
  problems: Misconfigured[]
}

/**
 * The providers an environment configures: those whose key is set, and the endpoint of LLM_BASE_URL and
 * LLM_MODEL.
 */
export function configuredProviders(env: Environment): Configuration {
  const custom = { id: 'custom', name: valueOf(env, 'LLM_NAME') || 'Custom' }
  const parts = [
    ...providers.map((entry) => ({ provider: entry, ...configure(entry, env) })),
    { provider: custom, ...configureCustom(env) },
  ]
  return {
    providers: parts.flatMap((part) => part.providers),
    problems: parts.flatMap(({ provider, problems }) => problems.map((message) => ({ provider, message }))),
  }
}

/**
 * The known providers whose key is not set, or not usable: a call to one is answered with its own refusal. An
 * endpoint of LLM_BASE_URL needs no key.
 */
export const keylessProviders = (env: Environment): ConfiguredProvider[] =>
  providers.flatMap((entry) => {
    if (readKey(entry.keyNames, env).key !== null) return []
    const base = baseUrlOf(entry, env)
    return 'problem' in base
      ? []
      : [{ entry, baseUrl: base.baseUrl, key: null, synthetic: false, trusted: true }]
  })

/** Whether a provider needs a key that is not set. */
export const isKeyless = ({ entry, key }: ConfiguredProvider): boolean =>
  key === null && providers.includes(entry)

/** One provider's part of a configuration. */
interface Part {
  providers: ConfiguredProvider[]
  problems: string[]
}

function configure(entry: ProviderEntry, env: Environment): Part {
  const { key, problems } = readKey(entry.keyNames, env)
  if (key === null) return { providers: [], problems }
  const base = baseUrlOf(entry, env)
  if ('problem' in base)
    return { providers: [], problems: [...problems, `${entry.baseUrlName} ${base.problem}.`] }
  return { providers: [{ entry, baseUrl: base.baseUrl, key, synthetic: false, trusted: true }], problems }
}

function baseUrlOf({ baseUrl, baseUrlName }: ProviderEntry, env: Environment): BaseUrl {
  const override = valueOf(env, baseUrlName)
  return override === '' ? { baseUrl } : parseBaseUrl(override)
}

const refused = (text: string): Part => ({ providers: [], problems: [text] })

function configureCustom(env: Environment): Part {
  const url = valueOf(env, 'LLM_BASE_URL')
  const model = valueOf(env, 'LLM_MODEL')
  // The proxy alone takes it for the built-in provider.
  if (url === '' && (model === '' || model === syntheticId)) return { providers: [], problems: [] }
  if (url === '')
    return refused('LLM_MODEL is set but LLM_BASE_URL is not: set it to the endpoint that serves it.')
  if (model === '')
    return refused('LLM_BASE_URL is set but LLM_MODEL is not: set it to the model to call there.')
  const base = parseBaseUrl(url)
  if ('problem' in base) return refused(`LLM_BASE_URL ${base.problem}.`)
  const { key, problems } = readKey(['LLM_API_KEY'], env)
  if (problems.length > 0) return { providers: [], problems }
  const entry = customEntry({ name: valueOf(env, 'LLM_NAME'), baseUrl: base.baseUrl, model })
  return { providers: [{ entry, baseUrl: base.baseUrl, key, synthetic: false, trusted: true }], problems: [] }
}

/**
 * The first usable key of these variables, and what is wrong with those before it. No message contains a key.
 */
function readKey(names: readonly string[], env: Environment): { key: string | null; problems: string[] } {
  const problems: string[] = []
  for (const name of names) {
    const key = valueOf(env, name)
    if (key === '') continue
    const problem = keyProblem(key)
    if (problem === null) return { key, problems }
    problems.push(`${name} ${problem}.`)
  }
  return { key: null, problems }
}

/** Placeholders from example files: your_openai_key, <key>, sk-xxxx, changeme, ... */
const placeholder =
  /^((sk|gsk|key)[-_])?(your[-_ ]|my[-_ ](\w+[-_ ])*key$|<.*>$|x{3,}$|\*{3,}$|\.{3}|change[-_ ]?me|replace[-_ ]|placeholder|todo$)/i

/** Why this text cannot be a key, or null. A key goes into a header, which only allows visible ASCII. */
export function keyProblem(key: string): string | null {
  if (placeholder.test(key)) return 'still holds an example value; put your key there or remove the line'
  if (/^["'`]|["'`]$/.test(key)) return 'begins or ends with a quote, which is no part of a key; remove it'
  if (/^(\$\w+|\$\{.*\}|%\w+%)$/.test(key))
    return 'names another variable, which only a shell replaces; put the key there'
  if (/^[A-Z][A-Z_]+=|\\[nr]$/.test(key))
    return 'holds more than a key (a name in front, or \\n behind); put the key alone there'
  if (!/^[\x21-\x7e]+$/.test(key))
    return 'holds a space or a character that cannot go into a header; copy the key again'
  return null
}

const valueOf = (env: Environment, name: string): string => trimmed(env[name] ?? '')
