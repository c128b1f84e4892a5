import { z } from 'zod'
import { priceOf } from '../core/price.ts'
import { everyModel } from '../store/every-model.ts'
import { toPriceRow } from '../store/price-codec.ts'
import { orNull } from '../store/read-codec.ts'
import { priceChangePage, priceHistory } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import { aboutProvider } from './named-provider.ts'
import { maybe, modelId, providerId } from './page.ts'
import type { HttpParts } from './parts.ts'
import { type PriceRow, priceRow } from './price-row.ts'
import { limitOf, moment, ofModel, position } from './query.ts'

const about = { path: '/prices', tag: 'prices' } as const
const rate = z.number().min(0).max(100_000)

/** Prices in force. */
export const priceList = z.strictObject({
  rows: z.array(z.strictObject({ provider: z.string(), model: z.string(), price: priceRow })),
})

/** What a price was set to. */
export const ownPrice = z.strictObject({
  provider: z.string(),
  model: z.string(),
  /** The price now in force; null if none is known. */
  price: orNull(priceRow),
})

/** Prices in force, and a person's own. */
export function addPrices(api: Api, parts: HttpParts): void {
  listPrices(api, parts)
  listHistory(api, parts)
  listChanges(api, parts)
  setPrice(api, parts)
}

const listPrices = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      access: 'read',
      summary: 'The price in force of every model that has one, in USD per million tokens',
      query: { provider: maybe(providerId) },
      answer: priceList,
    },
    async ({ query: { provider } }) => {
      const models = await everyModel(await openStore(), provider === null ? null : [provider])
      const rows = models.flatMap(({ price, ...of }) =>
        price === null
          ? []
          : [{ provider: of.provider, model: of.model, price: toPriceRow(price) as unknown as PriceRow }],
      )
      return { rows }
    },
  )

const listHistory = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/prices/history',
      access: 'read',
      tag: 'prices',
      summary: 'The price in force of a model, and every one it has had, latest first',
      query: { provider: providerId, model: modelId },
      answer: priceHistory,
    },
    async ({ query }) => (await openStore()).listPrices(query),
  )

const listChanges = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/prices/changes',
      access: 'read',
      tag: 'prices',
      summary: 'Prices that replaced another, latest first',
      query: {
        ...ofModel,
        since: maybe(moment),
        after: maybe(position),
        limit: limitOf(1000, 200),
      },
      answer: priceChangePage,
    },
    async ({ query }) => (await openStore()).listPriceChanges(query),
  )

const setPrice = (api: Api, parts: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'put',
      access: 'admin',
      summary: 'Set your own price of a model, which wins over every other, or end it with null',
      body: z.strictObject({
        provider: providerId,
        model: modelId,
        price: z
          .strictObject({
            input_per_m: rate,
            output_per_m: rate,
            cached_per_m: rate.nullable().default(null),
            reasoning_per_m: rate.nullable().default(null),
          })
          .nullable(),
      }),
      answer: ownPrice,
    },
    async ({ body: { provider, model, price: own } }) => {
      const store = await parts.openStore()
      const price =
        own === null
          ? null
          : priceOf({
              inputPerM: own.input_per_m,
              outputPerM: own.output_per_m,
              cachedPerM: own.cached_per_m,
              reasoningPerM: own.reasoning_per_m,
              source: 'manual',
            })
      const set = await store.setPrice({ provider, model, about: aboutProvider(provider, parts), price })
      return {
        provider,
        model,
        price: set.price === null ? null : (toPriceRow(set.price) as unknown as PriceRow),
      }
    },
  )
