import { z } from 'zod'
import { modelTypes } from '../core/catalog.ts'
import { toModelDocument } from '../store/model-codec.ts'
import { orNull } from '../store/read-codec.ts'
import type { Api } from './api.ts'
import { maybe, page, pageQuery, providerId } from './page.ts'
import type { HttpParts } from './parts.ts'
import { priceRow } from './price-row.ts'
import { ownedBy, targetRow } from './target-row.ts'

const texts = z.array(z.string()).nullable()
const moment = z.iso.datetime().nullable()

const modelRow = z
  .strictObject({
    id: z.string(),
    provider: z.string(),
    model: z.string(),
    display_name: z.string().nullable(),
    type: z.enum(modelTypes).nullable(),
    context_window: z.int().nullable(),
    output_limit: z.int().nullable(),
    input_modalities: texts,
    output_modalities: texts,
    supported_parameters: texts,
    deprecated_on: z.string().nullable(),
    shutdown_on: z.string().nullable(),
    /** Whether the provider lists it; null if it was never asked. */
    available: z.boolean().nullable(),
    last_seen_at: moment,
    left_at: moment,
    price: orNull(priceRow),
    price_owned_by: ownedBy,
    targets: z.array(targetRow),
  })
  .meta({ id: 'Model' })

/** Known models. */
export const modelPage = page(modelRow)

/** The models that the database knows. */
export const addModels = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/models',
      access: 'read',
      tag: 'models',
      summary: 'Known models with their prices and targets, by provider and id',
      query: { ...pageQuery, provider: maybe(providerId) },
      answer: modelPage,
    },
    async ({ query: { provider, ...asked } }) => {
      const store = await openStore()
      const { rows, next } = await store.listModels({
        ...asked,
        providers: provider === null ? null : [provider],
      })
      return { rows: rows.map(toModelDocument) as unknown as z.infer<typeof modelRow>[], next }
    },
  )
