import type { Timeouts } from '../core/plan.ts'
import { requestLimits } from '../core/request-limits.ts'

/** What a prompt asks for. */
export const promptCategories = ['reasoning', 'code', 'creative', 'qa'] as const

/** A named prompt. */
interface PromptTemplate {
  category: (typeof promptCategories)[number]
  text: string
}

/**
 * Named prompts. All but `short` ask for more than the default limit, so that answers have similar lengths. A text
 * never changes, because its results are a series.
 */
export const prompts = {
  default: {
    category: 'qa',
    text:
      'Explain recursion to someone who has just written their first program. Start from an everyday picture, ' +
      'walk through one small worked example step by step, say what goes wrong without a stopping condition, ' +
      'and end with a case where a plain loop is the better choice. Write about 500 words of continuous prose.',
  },
  story: {
    category: 'creative',
    text:
      'Write a short story of about 500 words in which a lighthouse keeper finds that the light has been ' +
      'answering someone. Continuous prose, no headings.',
  },
  code: {
    category: 'code',
    text:
      'Write a Python module with a least-recently-used cache: a class with get, put and a size limit, a ' +
      'docstring on every method, and unit tests for eviction order and overwriting. Give the code alone.',
  },
  short: {
    category: 'qa',
    text: 'Name the three states of water and, in one sentence each, what their particles do.',
  },
  'ferry-schedule': {
    category: 'reasoning',
    text:
      'Two ferries leave opposite shores of a strait at the same moment and sail at constant, different speeds. They ' +
      'first pass each other 720 m from the west shore. Each waits ten minutes at its landing, turns back, and they ' +
      'pass again 400 m from the east shore. How wide is the strait? Reason step by step in full sentences, name ' +
      'every assumption, check the result by computing both journeys, and say what would change if only one of ' +
      'them waited. Write about 500 words.',
  },
  'five-houses': {
    category: 'reasoning',
    text:
      'Five houses stand in a row; in each lives a person of another trade with another pet. The baker lives at one ' +
      'end. The surveyor lives directly left of the house with the heron. The tailor has the cat and does not live ' +
      'next to the baker. The house in the middle has the dog. The pilot lives right of the tailor. The printer has ' +
      'no goat. Who may have the tortoise? Work through the cases in order, say after each clue what it excludes, ' +
      'and state whether the answer is certain. Write about 500 words of prose.',
  },
  'interval-merge': {
    category: 'code',
    text:
      'Write a TypeScript module that merges overlapping half-open intervals and answers which of them contain a ' +
      'point in logarithmic time: pure functions, doc comments with units and errors, and property-based tests ' +
      'against a naive version. Give the code alone.',
  },
  'sql-report': {
    category: 'code',
    text:
      'Write a PostgreSQL schema for a lending library (members, copies, loans, reservations) with constraints that ' +
      'forbid two open loans of one copy, then five commented queries: overdue loans, the busiest month, members ' +
      'without a loan for a year, waiting times by title, and a running total by day. Give the SQL alone.',
  },
  'letter-home': {
    category: 'creative',
    text:
      'Write a letter of about 500 words from a botanist on a slow research ship to a sister who keeps the family ' +
      'orchard. The weather changes twice, something small is lost and found, and no sentence mentions being ' +
      'homesick. Continuous prose.',
  },
  'two-voices': {
    category: 'creative',
    text:
      'Write a dialogue of about 500 words between a retired clockmaker and an apprentice who believes that clocks ' +
      'will soon be forgotten. Each speech has at least two sentences, and neither of them wins. Dialogue only, no ' +
      'stage directions.',
  },
  'tides-answered': {
    category: 'qa',
    text:
      'Why are there two high tides a day in most places, but only one in some, and why do their heights change over ' +
      'two weeks? Answer for a curious adult without formulas, correct one common mistake, and end with three ' +
      'questions that the answer leaves open, each with a short reply. Write about 500 words.',
  },
  'bread-answered': {
    category: 'qa',
    text:
      'What happens inside bread dough from mixing to cooling? Answer in the order of time, say at each step what ' +
      'temperature and salt change, how a baker can tell by hand that it is done, and what goes wrong if it is ' +
      'skipped. Write about 500 words of continuous prose.',
  },
} as const satisfies Record<string, PromptTemplate>

/** The default prompt. */
export const defaultPrompt = prompts.default.text

/** The default settings. Deadlines are milliseconds. */
export const defaultSettings: { maxTokens: number; temperature: number; timeouts: Timeouts } = {
  maxTokens: requestLimits.maxTokens.standard,
  temperature: requestLimits.temperature.standard,
  timeouts: { connect: 10_000, firstToken: 60_000, idle: 30_000, total: 120_000 },
}

/** Whether a prompt of this name comes with the program. */
export const isBuiltIn = (name: string): name is keyof typeof prompts => Object.hasOwn(prompts, name)

/** Prompts of one's own: texts by name. */
export type OwnPrompts = Readonly<Record<string, string>>

/** The prompt of a setting: a built-in one or one of one's own by name, else the text itself. */
export function promptOf(nameOrText: string, own: OwnPrompts = {}): string {
  if (isBuiltIn(nameOrText)) return prompts[nameOrText].text
  return Object.hasOwn(own, nameOrText) ? (own[nameOrText] ?? nameOrText) : nameOrText
}
