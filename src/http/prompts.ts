import { z } from 'zod'
import { prompts } from '../registry/prompts.ts'
import { promptList, savedPrompt } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { flag } from './query.ts'

const { category } = promptList.shape.rows.element.shape

/** Letters beyond ASCII, as themselves: not every reader of our description knows the escape of the last one. */
const beyond = '\u00A1-\u{10FFFF}'
const anywhere = `[ -.0-[\\]-~${beyond}]*`

/** A name that a path can hold: `.` and `..` are no parts of one. */
const name = z
  .string()
  .max(100)
  .regex(new RegExp(`^${anywhere}[!-\\-0-[\\]-~${beyond}]${anywhere}$`, 'u'), {
    error: 'must be a word or more, without slashes and controls',
  })
  .refine((text) => text.isWellFormed(), { error: 'must be text' })

const source = z.enum(['built_in', 'own'])

const prompt = z
  .strictObject({
    name: z.string(),
    category,
    source,
    n_characters: z.int(),
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
        category: maybe(category),
        source: maybe(source),
        text: flag.default(false),
      },
      answer: namedPrompts,
    },
    async ({ query: { category: only, source: from, text: withTexts } }) => {
      const known = builtIn(withTexts).filter((each) => (only ?? each.category) === each.category)
      if (from === 'built_in') return { rows: known }
      const { rows } = await (await openStore()).listPrompts({ category: only, withTexts })
      const own = rows.map(({ name: named, category: of, n_characters: n, text }) => ({
        name: named,
        category: of,
        source: 'own' as const,
        n_characters: n,
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
      body: z.strictObject({
        name,
        category,
        text: z.string().max(100_000).regex(/\S/, 'must not be blank'),
      }),
      answer: savedPrompt,
    },
    async ({ body }) =>
      Object.hasOwn(prompts, body.name)
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
      params: { name },
    },
    async ({ params }) => {
      const { deleted } = await (await openStore()).deletePrompt(params)
      return deleted
        ? null
        : refuse('not_found', `there is no prompt of your own with the name ${params.name}`)
    },
  )
