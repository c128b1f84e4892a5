import { z } from 'zod'
import { present } from '../store/read-codec.ts'
import type { Api } from './api.ts'
import { taggedJson } from './etag.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { ofKind } from './query.ts'

/** The present state of everything that is benchmarked. */
export const addNow = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/now',
      access: 'read',
      tag: 'now',
      summary: 'Every target in every region: its state, its last call, 24 hours of TTFT, 90 days of checks',
      description: 'The ETag stays the same until something else than `generated_at` changes.',
      query: { region: maybe(z.string().min(1).max(200)), ...ofKind },
      answer: present,
    },
    async ({ query, context }) => {
      const found = await (await openStore()).readNow(query)
      return taggedJson(context, found, { ...found, generated_at: null })
    },
  )
