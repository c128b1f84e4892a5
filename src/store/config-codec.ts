import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import type { PlannedProvider } from '../core/plan.ts'
import { toProviderRow } from './plan-codec.ts'

const configKinds = ['target', 'component', 'price', 'prompt', 'rule', 'channel', 'maintenance'] as const

/** What kinds of rows firsttoken.yaml may say. */
export type ConfigKind = (typeof configKinds)[number]

/** What the file says of one row of the database, in the form in which the database compares it. */
export interface ConfigItem {
  kind: ConfigKind
  value: JsonObject
}

/** All that a file says of the database. */
export interface ConfigInput {
  items: readonly ConfigItem[]
  /** The kinds that it has a section for. */
  sections: readonly ConfigKind[]
  /** Whether what is not in the file is switched off or deleted: what the file owned, and all else of its sections. */
  prune: boolean
}

/** The same, to be applied. */
export interface ApplyInput extends ConfigInput {
  hash: string
  /** The providers that it names, for those that the database does not have yet. */
  abouts: Readonly<Record<string, PlannedProvider>>
  /** Who applies it. */
  owner: string
  /** Whether a file that is applied already is left alone, whatever was changed since. */
  unlessApplied: boolean
}

/** Who keeps a row: firsttoken.yaml, where alone it is changed, or whoever likes. */
export const owner = z.literal('file').nullable().default(null)
/** The same as a type. */
export type Owner = 'file' | null

const value = z.record(z.string(), z.json())
const changed = z.object({
  kind: z.enum(configKinds),
  key: z.string(),
  /** `taken`: as it is, and from now on the file's; `released`: as it is, and no longer. */
  change: z.enum(['added', 'changed', 'taken', 'released', 'removed']),
  before: value.nullable(),
  after: value.nullable(),
})

/** A change that a file makes. */
export type ConfigChange = z.infer<typeof changed>

/** What diff_config gives. */
export const diffOutput = z.object({ changes: z.array(changed) })
/** What apply_config gives. */
export const applyOutput = diffOutput.extend({ applied: z.boolean() })
/** What read_config gives. */
export const configOutput = z.object({
  hash: z.string().nullable(),
  items: z.array(z.object({ kind: z.enum(configKinds), key: z.string(), value, owned: z.boolean() })),
})

/** What the database has of all that a file may say. */
export type ConfigState = z.infer<typeof configOutput>

/** A file as apply_config takes it. */
export const toApplyInput = ({
  items,
  sections,
  unlessApplied,
  abouts,
  ...rest
}: ApplyInput): JsonObject => ({
  ...rest,
  abouts: Object.fromEntries(Object.entries(abouts).map(([id, about]) => [id, toProviderRow(about)])),
  ...toDiffInput({ items, sections, prune: rest.prune }),
  unless_applied: unlessApplied,
})

/** A file as diff_config takes it. */
export const toDiffInput = ({ items, sections, prune }: ConfigInput): JsonObject => ({
  items: items.map(({ kind, value: own }) => ({ kind, value: own })),
  sections: [...sections],
  prune,
})
