import { z } from 'zod'
import {
  proxyRequestPage,
  proxyText,
  proxyTraffic,
  trafficComparison,
  trafficGrains,
} from '../store/proxy-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { cursor, flag, limitOf, ofKind, ofModel, ofTime, someOf } from './query.ts'
import { errorKind } from './result-row.ts'

/** Whose traffic, and when. The model is the one that was asked for. */
const ofTraffic = { ...ofModel, client: maybe(z.string().min(1).max(200)), ...ofKind, ...ofTime }

/** What the proxy measured of traffic that passed through it. */
export const addProxyTraffic = (api: Api, parts: HttpParts): void => {
  addRequests(api, parts)
  addText(api, parts)
  addSums(api, parts)
}

const addRequests = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/proxy/requests',
      access: 'read',
      tag: 'proxy',
      summary: 'Single requests that passed through the proxy, newest first; never prompts or answers',
      query: {
        ...ofTraffic,
        success: maybe(flag),
        error_kind: maybe(errorKind),
        stream: maybe(flag),
        after: maybe(cursor),
        limit: limitOf(500, 50),
      },
      answer: proxyRequestPage,
    },
    async ({ query: { error_kind: kind, ...query } }) =>
      (await openStore()).listProxyRequests({ ...query, errorKind: kind }),
  )

const addText = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/proxy/requests/{id}/text',
      access: 'admin',
      tag: 'proxy',
      summary:
        'What was asked and answered in a request that passed through the proxy, if PROXY_CAPTURE kept it',
      params: { id: z.uuid() },
      answer: proxyText,
    },
    async ({ params }) =>
      (await (await openStore()).readProxyText(params)) ??
      refuse('not_found', 'no texts of this request are kept, or not any more'),
  )

function addSums(api: Api, { openStore }: HttpParts): void {
  api.add(
    {
      method: 'get',
      path: '/proxy/traffic',
      access: 'read',
      tag: 'proxy',
      summary: 'Traffic by provider, model and what `by` names, the largest first, with percentiles',
      description:
        'Of 24 hours unless `since` says otherwise, by whole minutes. What it is not apart by is null.',
      query: { ...ofTraffic, by: maybe(someOf(...trafficGrains)), limit: limitOf(500, 100) },
      answer: proxyTraffic,
    },
    async ({ query }) => (await openStore()).readProxyTraffic(query),
  )
  api.add(
    {
      method: 'get',
      path: '/compare/traffic',
      access: 'read',
      tag: 'proxy',
      summary: 'What the proxy saw of a model, or of that of a target, beside the probes of it',
      description:
        'Of 24 hours unless `since` says otherwise, by whole hours. Without `target_id`: of `provider` and `model`.',
      query: { target_id: maybe(z.uuid()), ...ofModel, ...ofTime },
      answer: trafficComparison,
    },
    async ({ query: { target_id: targetId, ...query } }) =>
      (await openStore()).compareTraffic({ ...query, targetId }),
  )
}
