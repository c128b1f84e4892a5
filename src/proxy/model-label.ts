import type { ProxyRecord } from '../core/proxy-record.ts'

/** Which model of which provider was asked for. */
export type AskedModel = Pick<ProxyRecord, 'provider' | 'modelAsked'>

/** Whether a model is one that is configured or listed at this provider. */
export type IsKnownModel = (provider: string, model: string) => boolean

/**
 * The model as a label, without the name of its provider; `other` if it is not known, because clients may ask for whatever they
 * like, and one of them must not make a million time series.
 */
export function modelLabel({ provider, modelAsked }: AskedModel, isKnownModel: IsKnownModel): string {
  if (isKnownModel(provider, modelAsked)) return modelAsked
  const prefix = `${provider}/`
  const rest = modelAsked.startsWith(prefix) ? modelAsked.slice(prefix.length) : null
  return rest !== null && isKnownModel(provider, rest) ? rest : 'other'
}
