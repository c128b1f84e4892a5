import type { ProxyRecord } from '../core/proxy-record.ts'

/** Which model of which provider was asked for. */
export type AskedModel = Pick<ProxyRecord, 'provider' | 'modelAsked'>

/** Whether a model is one that is configured or listed at this provider. */
export type IsKnownModel = (provider: string, model: string) => boolean

/** The model as a label: clients may ask for whatever they like, and one of them must not make a million time series. */
export const modelLabel = ({ provider, modelAsked }: AskedModel, isKnownModel: IsKnownModel): string =>
  isKnownModel(provider, modelAsked) ? modelAsked : 'other'
