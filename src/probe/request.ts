import type { Wanted } from '../core/chat.ts'
import type { JsonObject } from '../core/json.ts'
import type { Settings, TargetParameters } from '../core/plan.ts'
import type { ConfiguredProvider, ParameterRule, ProviderEntry } from '../core/provider.ts'

/** A call to make: the provider, model, parameters and messages. */
export interface Call {
  provider: ConfiguredProvider
  model: string
  parameters: TargetParameters
  settings: Settings
  /** The system message; null for none. */
  system: string | null
  /** With nonce. */
  prompt: string
  /** The `clock.now()` at which it is to be sent, on a socket that is open by then; absent to send at once. */
  dueAt?: number
}

/** The body of the request: model, prompt and parameters. */
export const requestBody = (call: Call): JsonObject => ({
  model: call.model,
  messages: [
    ...(call.system === null ? [] : [{ role: 'system', content: call.system }]),
    { role: 'user', content: call.prompt },
  ],
  ...requestParameters(call),
})

/** The parameters of a call as sent, by its provider's rules; without model and messages. */
export function requestParameters({ provider: { entry }, model, parameters, settings }: Call): JsonObject {
  const { reasoning, maxTokens, pin } = parameters
  const { temperature } = settings
  return {
    ...parametersFor(entry, model, { maxTokens: maxTokens ?? settings.maxTokens, temperature, reasoning }),
    ...(pin === undefined ? {} : pinned(entry, pin)),
  }
}

/** The same by a provider's rules for one of its models. */
export function parametersFor(entry: ProviderEntry, model: string, wanted: Wanted): JsonObject {
  const rule = ruleFor(entry, model)
  const sent: JsonObject = {
    ...(wanted.maxTokens === null ? {} : { [rule.maxTokens ?? 'max_tokens']: wanted.maxTokens }),
    ...temperatureAs(rule.temperature, wanted.temperature),
    ...rule.set,
    ...(wanted.reasoning === 'least' ? rule.leastReasoning : {}),
  }
  for (const name of rule.drop ?? []) delete sent[name]
  for (const [kept, dropped] of rule.conflicts ?? []) if (kept in sent) delete sent[dropped]
  return {
    ...sent,
    stream: true,
    ...(entry.streamOptions === false ? {} : { stream_options: { include_usage: true } }),
  }
}

/** The merged rules of a model: each field is from the last matching rule that has it. */
const ruleFor = ({ rules }: ProviderEntry, model: string): ParameterRule =>
  Object.assign({}, ...rules.filter(({ models }) => models === undefined || model.search(models) !== -1))

function temperatureAs(rule: ParameterRule['temperature'], asked: number | null): JsonObject {
  if (rule === 'drop') return {}
  if (typeof rule === 'object' && 'fixed' in rule) return { temperature: rule.fixed }
  if (asked === null) return {}
  if (rule === undefined) return { temperature: asked }
  return { temperature: Math.min(Math.max(asked, rule.min ?? asked), rule.max ?? asked) }
}

/** The parameters that pin a router to this host. Without them the result would belong to another series. */
function pinned({ id, pin }: ProviderEntry, host: string): JsonObject {
  if (pin === undefined) throw new Error(`${id} is not a router: its targets cannot be pinned to ${host}`)
  return JSON.parse(JSON.stringify(pin), (_, value: unknown) =>
    value === '{host}' ? host : value,
  ) as JsonObject
}
