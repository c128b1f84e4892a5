import { z } from 'zod'
import { promptCategories } from './prompts.ts'

/** Letters beyond ASCII, as themselves: not every reader of our description knows the escape of the last one. */
const beyond = '\u00A1-\u{10FFFF}'
const anywhere = `[ -.0-[\\]-~${beyond}]*`

/** The name of a prompt, which a path can hold: `.` and `..` are no parts of one. */
export const promptName = z
  .string()
  .max(100)
  .regex(new RegExp(`^${anywhere}[!-\\-0-[\\]-~${beyond}]${anywhere}$`, 'u'), {
    error: 'must be a word or more, without slashes and controls',
  })
  .refine((text) => text.isWellFormed(), { error: 'must be text' })

/** What a prompt of one's own asks for. */
export const ownCategory = z.enum([...promptCategories, 'other'])

/** The text of a prompt of one's own. */
export const promptText = z.string().max(100_000).regex(/\S/, 'must not be blank')
