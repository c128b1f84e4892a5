const views = ['leaving', 'prices', 'conflicts', 'syncs'] as const
const shows = ['benchmarked', 'left', 'all'] as const
const sorts = ['name', 'status', 'context', 'input', 'output', 'seen'] as const

export type SortName = (typeof sorts)[number]

/** What the URL says of the screen; what is usual is left out of it. */
export interface ModelsSearch {
  /** A part of the screen; the catalog if left out. */
  view?: (typeof views)[number]
  /** A part of the name of a provider or model. */
  q?: string
  provider?: string
  /** Which models of the catalog; those that are listed if left out. */
  show?: (typeof shows)[number]
  /** `all` shows models that are not for chat too. */
  type?: 'all'
  /** A column; with `-` before it, largest first. */
  sort?: SortName | `-${SortName}`
  /** How many rows are shown. */
  n?: number
  /** The model whose details are open: `provider/model`. */
  model?: string
  /** Whether the form is open that adds a target. */
  add?: true
}

const oneOf = <Name extends string>(names: readonly Name[], given: unknown): Name | undefined =>
  names.find((name) => name === given)

/** A text, also where the router read a number. */
const textOf = (given: unknown): string | undefined =>
  (typeof given === 'string' && given !== '') || typeof given === 'number' ? String(given) : undefined

/** The search of a URL, without what this screen does not know. */
export function modelsSearch(given: Record<string, unknown>): ModelsSearch {
  const { sort, n } = given
  const isSort = typeof sort === 'string' && sorts.some((name) => sort === name || sort === `-${name}`)
  const known = {
    view: oneOf(views, given['view']),
    q: textOf(given['q']),
    provider: textOf(given['provider']),
    show: oneOf(shows, given['show']),
    type: oneOf(['all'], given['type']),
    sort: isSort ? (sort as SortName) : undefined,
    n: typeof n === 'number' && Number.isInteger(n) && n > 0 ? n : undefined,
    model: textOf(given['model']),
    add: given['add'] === true ? true : undefined,
  }
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined))
}
