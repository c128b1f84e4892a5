import { z } from 'zod'
import { weekText } from '../alerts/week-words.ts'
import { mondayOf, week } from '../core/week.ts'
import { weekInput } from '../jobs/digests.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'

/** A week in words, and what they were made of. */
export const digest = z
  .strictObject({
    title: z.string(),
    lines: z.array(
      z.strictObject({ topic: z.string(), text: z.string(), tone: z.enum(['bad', 'good', 'plain']) }),
    ),
    data: week,
  })
  .meta({ id: 'Digest' })

/** What changed in a week. */
export const addDigests = (api: Api, { openStore, app }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/digests/{week}',
      access: 'read',
      tag: 'statistics',
      summary: 'What changed in a week (ISO 8601, UTC), in ten lines and in numbers; of this week, so far',
      description: `Speed is compared with the four weeks before. Who is told, models that leave and what needs a person are as
they are now. Channels that have \`weekly\` are sent the same each Monday.`,
      params: {
        week: z
          .string()
          .refine((name) => mondayOf(name) !== null, { error: 'must be a week such as 2026-W48' })
          .openapi({ example: '2026-W48' }),
      },
      answer: digest,
    },
    async ({ params }) => {
      const data = await (await openStore()).readWeek(weekInput(app, params.week))
      const { title, lines } = weekText(data)
      return { title, lines: [...lines], data }
    },
  )
