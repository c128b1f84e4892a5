import { z } from 'zod'
import { promptCategories, prompts } from '../registry/prompts.ts'
import type { Api } from './api.ts'

const prompt = z
  .strictObject({ name: z.string(), category: z.enum(promptCategories), text: z.string() })
  .meta({ id: 'Prompt' })

/** The prompts that have a name. */
export const addPrompts = (api: Api): void =>
  api.add(
    {
      method: 'get',
      path: '/prompts',
      access: 'read',
      tag: 'prompts',
      summary: 'The prompts that have a name',
      answer: z.strictObject({ rows: z.array(prompt) }),
    },
    () => ({ rows: Object.entries(prompts).map(([name, each]) => ({ name, ...each })) }),
  )
