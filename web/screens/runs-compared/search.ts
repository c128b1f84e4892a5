/** Which two runs: ids, the first being what was before. */
export interface RunsComparedSearch {
  before: string
  after: string
}

const idOf = (given: unknown): string => (typeof given === 'string' ? given : '')

/** The search of a URL; an id that is missing is empty. */
export const runsComparedSearch = ({ before, after }: Record<string, unknown>): RunsComparedSearch => ({
  before: idOf(before),
  after: idOf(after),
})
