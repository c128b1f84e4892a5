import { z } from 'zod'
import { ownCategory, promptName, promptText } from '../registry/own-prompt.ts'
import { isBuiltIn, prompts } from '../registry/prompts.ts'
import { savedPrompt } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { flag } from './query.ts'
import { ownedBy } from './target-row.ts'

const source = z.enum(['built_in', 'own'])

const prompt = z
  .strictObject({
    name: z.string(),
    category: ownCategory,
    source,
    n_characters: z.int(),
    owned_by: ownedBy,
    /** Only if texts were asked for. */
    text: z.string().optional(),
  })
  .meta({ id: 'Prompt' })
type Prompt = z.infer<typeof prompt>

/** Prompts with their names. */
export const namedPrompts = z.strictObject({ rows: z.array(prompt) })

/** The prompts that have a name: those that come with the program, and a person's own. */
export function addPrompts(api: Api, parts: HttpParts): void {
  listPrompts(api, parts)
  savePrompt(api, parts)
  deletePrompt(api, parts)
}

const listPrompts = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/prompts',
      access: 'read',
      tag: 'prompts',
      summary: 'The prompts that have a name, with their texts if asked',
      query: {
        category: maybe(ownCategory),
        source: maybe(source),
        text: flag.default(false),
      },
      answer: namedPrompts,
    },
    async ({ query: { category: only, source: from, text: withTexts } }) => {
      const known = builtIn(withTexts).filter((each) => (only ?? each.category) === each.category)
      if (from === 'built_in') return { rows: known }
      const { rows } = await (await openStore()).listPrompts({ category: only, withTexts })
      const own = rows.map(({ name, category, n_characters: n, owned_by: owner, text }) => ({
        name,
        category,
        source: 'own' as const,
        n_characters: n,
        owned_by: owner,
        ...(text !== undefined && { text }),
      }))
      return { rows: from === 'own' ? own : [...known, ...own] }
    },
  )

const builtIn = (withTexts: boolean): Prompt[] =>
  Object.entries(prompts).map(([each, { category: of, text }]) => ({
    name: each,
    category: of,
    source: 'built_in',
    n_characters: Array.from(text).length,
    owned_by: null,
    ...(withTexts && { text }),
  }))

const savePrompt = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'post',
      path: '/prompts',
      access: 'admin',
      tag: 'prompts',
      summary: 'Save a prompt of your own; replaces the one of that name',
      body: z.strictObject({ name: promptName, category: ownCategory, text: promptText }),
      answer: savedPrompt,
    },
    async ({ body }) =>
      isBuiltIn(body.name)
        ? refuse('conflict', `the prompt ${body.name} comes with the program: choose another name`)
        : (await openStore()).savePrompt(body),
  )

const deletePrompt = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'delete',
      path: '/prompts/{name}',
      access: 'admin',
      tag: 'prompts',
      summary: 'Delete a prompt of your own',
      params: { name: promptName },
    },
    async ({ params }) => {
      const { deleted } = await (await openStore()).deletePrompt(params)
      return deleted
        ? null
        : refuse('not_found', `there is no prompt of your own with the name ${params.name}`)
    },
  )
