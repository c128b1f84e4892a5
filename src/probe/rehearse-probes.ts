import type { Sdk } from '../core/provider.ts'
import { type Call, probe, type ProbeParts } from './probe.ts'
import { onLoopback } from './rehearsal.ts'

/** Calls at once. */
const concurrency = 10
/** How long before a call is due it is begun, in ms: enough to open a socket. */
const aheadMs = 5

/**
 * Makes so many whole probes of ourselves over loopback, with each SDK in turn, so that a load does not measure how Node compiles our
 * code. Fewer if listening is not allowed.
 */
export async function rehearseProbes(times: number, sdks: readonly Sdk[], parts: ProbeParts): Promise<void> {
  if (times === 0) return
  await onLoopback(async (url) => {
    const calls = sdks.map((sdk) => rehearsedCall(url, sdk))
    const rest = Array.from({ length: times }, (_, index) => calls[index % calls.length]).values()
    const makeEach = async () => {
      for (const call of rest) {
        if (call !== undefined) await probe({ ...call, dueAt: parts.clock.now() + aheadMs }, parts)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, makeEach))
  })
}

const rehearsedCall = (baseUrl: string, sdk: Sdk): Call => ({
  provider: {
    entry: {
      id: 'rehearsal',
      name: 'Rehearsal',
      baseUrl,
      baseUrlName: '',
      keyNames: [],
      sdk,
      logoUrl: null,
      candidates: [],
      rules: [],
      list: { path: '/models', prices: null },
    },
    baseUrl,
    key: null,
    synthetic: true,
    trusted: true,
  },
  model: 'rehearsal',
  parameters: { reasoning: 'default' },
  settings: {
    prompt: '',
    promptHash: '',
    maxTokens: 1,
    temperature: 0,
    timeouts: { connect: 1000, firstToken: 1000, idle: 1000, total: 1000 },
    order: 'sequential',
    confirm: false,
    concurrency,
  },
  system: null,
  prompt: 'rehearsal',
})
