import type { Timeouts } from '../core/plan.ts'

/** Prompts that can be asked for by name. All but `short` ask for more than the default limit, so that answers are of like length. */
export const prompts = {
  default:
    'Explain recursion to someone who has just written their first program. Start from an everyday picture, walk ' +
    'through one small worked example step by step, say what goes wrong without a stopping condition, and end ' +
    'with a case where a plain loop is the better choice. Write about 500 words of continuous prose.',
  story:
    'Write a short story of about 500 words in which a lighthouse keeper finds that the light has been answering ' +
    'someone. Continuous prose, no headings.',
  code:
    'Write a Python module with a least-recently-used cache: a class with get, put and a size limit, a docstring on ' +
    'every method, and unit tests for eviction order and overwriting. Give the code alone.',
  short: 'Name the three states of water and, in one sentence each, what their particles do.',
} as const

/** What is asked unless told otherwise. */
export const defaultPrompt = prompts.default

/** How it is asked unless told otherwise. Deadlines are milliseconds. */
export const defaultSettings: { maxTokens: number; temperature: number; timeouts: Timeouts } = {
  maxTokens: 512,
  temperature: 0.7,
  timeouts: { connect: 10_000, firstToken: 60_000, idle: 30_000, total: 120_000 },
}

/** The prompt that a setting means: a built-in one by its name, else the text itself. */
export const promptOf = (nameOrText: string): string =>
  Object.hasOwn(prompts, nameOrText) ? prompts[nameOrText as keyof typeof prompts] : nameOrText
