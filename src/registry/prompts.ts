import type { Timeouts } from '../core/plan.ts'

/**
 * Named prompts. All but `short` ask for more than the default limit, so that answers have similar lengths.
 */
export const prompts = {
  default:
    'Explain recursion to someone who has just written their first program. Start from an everyday picture, ' +
    'walk through one small worked example step by step, say what goes wrong without a stopping condition, ' +
    'and end with a case where a plain loop is the better choice. Write about 500 words of continuous prose.',
  story:
    'Write a short story of about 500 words in which a lighthouse keeper finds that the light has been ' +
    'answering someone. Continuous prose, no headings.',
  code:
    'Write a Python module with a least-recently-used cache: a class with get, put and a size limit, a ' +
    'docstring on every method, and unit tests for eviction order and overwriting. Give the code alone.',
  short: 'Name the three states of water and, in one sentence each, what their particles do.',
} as const

/** The default prompt. */
export const defaultPrompt = prompts.default

/** The default settings. Deadlines are milliseconds. */
export const defaultSettings: { maxTokens: number; temperature: number; timeouts: Timeouts } = {
  maxTokens: 512,
  temperature: 0.7,
  timeouts: { connect: 10_000, firstToken: 60_000, idle: 30_000, total: 120_000 },
}

/** The prompt of a setting: a built-in one by name, else the text itself. */
export const promptOf = (nameOrText: string): string =>
  Object.hasOwn(prompts, nameOrText) ? prompts[nameOrText as keyof typeof prompts] : nameOrText
