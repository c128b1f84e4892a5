import { asObject } from '../core/json.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { trimmed } from '../core/trimmed.ts'
import { isLocal } from '../net/egress.ts'
import { getJson } from '../net/get-json.ts'
import { isLoopback } from '../net/loopback.ts'
import { parseBaseUrl } from '../registry/base-url.ts'
import { keyProblem } from '../registry/configure.ts'
import { customEntry } from '../registry/custom.ts'

/** Where LM Studio listens, the key that it takes (any), and the model that most of its users begin with. */
const usual = { baseUrl: 'http://localhost:1234/v1', key: 'lm-studio', model: 'openai/gpt-oss-120b' }

/**
 * The upstream of LLM_BASE_URL, LLM_API_KEY and LLM_MODEL. Their defaults hold for the proxy alone: they are no target
 * of a benchmark. The default key goes to a server of this machine or network only.
 */
export function ownUpstream(
  env: Readonly<Record<string, string | undefined>>,
): { provider: ConfiguredProvider; model: string } | { problem: string } {
  const valueOf = (name: string) => trimmed(env[name] ?? '')
  const base = parseBaseUrl(valueOf('LLM_BASE_URL') || usual.baseUrl)
  if ('problem' in base) return { problem: `LLM_BASE_URL ${base.problem}.` }
  const { baseUrl } = base
  const given = valueOf('LLM_API_KEY')
  const wrong = given === '' ? null : keyProblem(given)
  if (wrong !== null) return { problem: `LLM_API_KEY ${wrong}.` }
  const model = valueOf('LLM_MODEL') || usual.model
  const entry = customEntry({ name: valueOf('LLM_NAME'), baseUrl, model })
  const key = given || (isLocal(new URL(baseUrl)) ? usual.key : null)
  return { provider: { entry, baseUrl, key, synthetic: false, trusted: true }, model }
}

/**
 * Whether a base URL leads to this address of this machine: a proxy before itself would send one request round without
 * end, over a new connection each time.
 */
export function leadsTo(baseUrl: string, { host, port }: { host: string; port: number }): boolean {
  const url = new URL(baseUrl)
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return Number(url.port || 80) === port && (isLoopback(baseUrl) || name === host)
}

/** How long a list of models counts, and how long it is waited for, in ms. */
const listedMs = 60_000
const waitMs = 2000

/** Gives the ids that an upstream lists, asked for at most once a minute; none if it gives no list. */
export function openListing(
  { baseUrl, key }: ConfiguredProvider,
  { env, now }: { env: NodeJS.ProcessEnv; now: () => number },
): () => Promise<ReadonlySet<string>> {
  let asked = -Infinity
  let listing: Promise<ReadonlySet<string>> = Promise.resolve(new Set<string>())
  const ask = async () => {
    const answer = await getJson(new URL(`${baseUrl}/models`), {
      egress: 'trusted',
      env,
      timeoutMs: waitMs,
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      keys: [key],
    })
    const listed = 'problem' in answer ? null : asObject(answer.body)?.['data']
    const ids = Array.isArray(listed) ? listed.map((each) => asObject(each)?.['id']) : []
    return new Set(ids.filter((id) => typeof id === 'string'))
  }
  return () => {
    if (now() - asked >= listedMs) {
      asked = now()
      listing = ask()
    }
    return listing
  }
}
