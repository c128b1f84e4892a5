import type { Answer } from '../api/client.ts'

/** A prompt with a name. */
export type Named = Answer<'GET /api/v1/prompts'>['rows'][number]

/** What prompts ask for, in the order of the list. */
export const categories = ['qa', 'reasoning', 'code', 'creative', 'other'] as const
export const categoryNames: Readonly<Record<Named['category'], string>> = {
  qa: 'Questions',
  reasoning: 'Reasoning',
  code: 'Code',
  creative: 'Creative',
  other: 'Other',
}
