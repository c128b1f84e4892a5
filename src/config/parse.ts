import { hash } from 'node:crypto'
import { type Document, isNode, isPair, isCollection, isMap, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { messageOf } from '../core/error.ts'
import { asObject, storable } from '../core/json.ts'
import { type ConfigDocument, documentSchema } from './document.ts'
import type { OwnPrompts } from '../registry/prompts.ts'
import type { ConfigItem, ConfigKind } from '../store/config-codec.ts'
import { itemsOf, type PlacedItem, type Section, sections } from './items.ts'
import { sayIssue } from './schema-parts.ts'
import { settingOf, toVariables } from './settings.ts'

/** A file that was understood. */
export interface ConfigFile {
  path: string
  /** The environment variables that its settings stand for. */
  variables: Readonly<Record<string, string>>
  /** The texts of its prompts, which the settings may name. */
  prompts: OwnPrompts
  /** The sections that it has: a file owns nothing of a section that it lacks. */
  sections: readonly ConfigKind[]
  items: readonly ConfigItem[]
  /** Of sections and items: the same for the same state of the database. */
  hash: string
  /** Where the entry of an item stands: `firsttoken.yaml:12: targets[3].model`. */
  placeOf: (item: number, name: string) => string
  /** What is wrong with a variable that comes from the file, with line and path in place of its name. */
  relocate: (problem: string) => string
}

/** Most bytes of a file. */
const mostBytes = 1_000_000

/** Most entries: a database applies these in some seconds, and Supabase gives it eight. */
const mostItems = 2000

/**
 * Reads a file; every problem names file, line and path: `firsttoken.yaml:12: targets[3].limits.ttft_ms: must be a whole
 * number from 1 to 3600000`. None repeats a value, which may be a secret in a wrong place.
 */
export function parseConfig(
  bytes: Uint8Array,
  { path, egressAllow }: { path: string; egressAllow: readonly string[] },
): ConfigFile | { problems: string[] } {
  const text = textOf(bytes)
  if ('problem' in text) return { problems: [`${path}: ${text.problem}`] }
  const lines = new LineCounter()
  const yaml = parseDocument(text.text, {
    lineCounter: lines,
    prettyErrors: false,
    // An anchor that is merged into an entry saves repeating its values.
    merge: true,
    stringKeys: true,
  })
  const at = (offset: number) => `${path}:${Math.max(lines.linePos(offset).line, 1)}`
  const broken = [...yaml.errors, ...yaml.warnings].map(
    ({ pos: [offset], message }) => `${at(offset)}: ${message}`,
  )
  if (broken.length > 0) return { problems: broken }
  const value = valueOf(yaml)
  if ('problem' in value) return { problems: [`${path}: ${value.problem}`] }
  const where = (keys: readonly PropertyKey[]) => `${at(offsetOf(yaml, keys))}: ${nameOf(keys)}`
  const parsed = documentSchema(egressAllow).safeParse(value.value, { error: sayIssue })
  if (!parsed.success) return { problems: parsed.error.issues.flatMap((issue) => tell(issue, where)) }
  const unstorable = unstorableIn(value.value).map((keys) => `${where(keys)}: ${noCharacters}`)
  if (unstorable.length > 0) return { problems: unstorable }
  const placed = itemsOf(parsed.data)
  if (placed.length > mostItems)
    return { problems: [`${path}: has more than ${mostItems} entries, a target in each region being one`] }
  const doubled = doubles(placed, where)
  return doubled.length > 0 ? { problems: doubled } : fileOf(path, parsed.data, { placed, where })
}

function fileOf(
  path: string,
  document: ConfigDocument,
  { placed, where }: { placed: readonly PlacedItem[]; where: (keys: readonly PropertyKey[]) => string },
): ConfigFile {
  const names = Object.keys(sections) as Section[]
  const present = names.filter((name) => document[name] !== undefined).map((name) => sections[name])
  const items = placed.map(({ item }) => item)
  return {
    path,
    variables: toVariables(document.settings),
    prompts: Object.fromEntries((document.prompts ?? []).map(({ name, text }) => [name, text])),
    sections: present,
    items,
    hash: hash('sha256', JSON.stringify([present, items])),
    placeOf: (item, name) => {
      const { section, index } = placed[item] as PlacedItem
      return where([section, index, name])
    },
    relocate: (problem) => {
      const [, variable = '', what = ''] = /^([A-Z_]+): (.*)$/s.exec(problem) ?? []
      const name = settingOf(variable)
      return name === null ? problem : `${where(['settings', name])}: ${what}`
    },
  }
}

/** The text of a file, or why it is none. */
function textOf(bytes: Uint8Array): { text: string } | { problem: string } {
  if (bytes.length > mostBytes) return { problem: `is larger than ${mostBytes / 1e6} MB` }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0') ? { problem: 'is not a text file: it holds zero bytes' } : { text }
  } catch {
    return { problem: 'is not in UTF-8: save it so' }
  }
}

/** The value of a document; a file that says nothing is one without sections. An alias is bounded to a hundred uses. */
function valueOf(yaml: Document): { value: unknown } | { problem: string } {
  try {
    return { value: yaml.toJS({ maxAliasCount: 100 }) ?? {} }
  } catch (error) {
    return { problem: `cannot be used: ${messageOf(error)}` }
  }
}

const noCharacters = 'holds a zero character or half of a surrogate pair, which no database keeps'

/** Where texts are, of a value of a depth that the schema allows, that a database cannot store: escapes may write them. */
function unstorableIn(value: unknown, keys: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  if (typeof value === 'string') return storable(value) === value ? [] : [keys]
  if (Array.isArray(value)) return value.flatMap((each, index) => unstorableIn(each, [...keys, index]))
  return Object.entries(asObject(value) ?? {}).flatMap(([key, each]) => unstorableIn(each, [...keys, key]))
}

/** Where the last part of a path stands that the file has: what is missing has the place of what lacks it. */
function offsetOf(yaml: Document, keys: readonly PropertyKey[]): number {
  let node: unknown = yaml.contents
  let offset = startOf(node) ?? 0
  for (const key of keys) {
    const pair = isMap(node) ? node.items.find((each) => String(each.key) === key) : undefined
    const next: unknown = isPair(pair) ? pair.value : isCollection(node) ? node.get(key, true) : undefined
    const start = startOf(pair?.key) ?? startOf(next)
    if (start === null) return offset
    offset = start
    node = next
  }
  return offset
}

const startOf = (node: unknown): number | null => (isNode(node) ? (node.range?.[0] ?? null) : null)

/** `targets[3].limits.ttft_ms`. */
const nameOf = (keys: readonly PropertyKey[]): string =>
  keys.length === 0
    ? 'the file'
    : keys
        .map((key, index) =>
          typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`,
        )
        .join('')

/** An issue as lines: one for each unknown key, because each has its own place. */
function tell(issue: z.core.$ZodIssue, where: (keys: readonly PropertyKey[]) => string): string[] {
  if (issue.code !== 'unrecognized_keys') return [`${where(issue.path)}: ${issue.message}`]
  return issue.keys.map(
    (key) => `${where([...issue.path, key])}: is unknown: ${nameOf(issue.path)} ${issue.message}`,
  )
}

/** Entries that say something of the same row. */
function doubles(placed: readonly PlacedItem[], where: (keys: readonly PropertyKey[]) => string): string[] {
  const seen = new Map<string, PlacedItem>()
  return placed.flatMap((each) => {
    const key = `${each.section} ${each.name}`
    const first = seen.get(key)
    seen.set(key, first ?? each)
    return first === undefined
      ? []
      : [
          `${where([each.section, each.index])}: says again what ${each.section}[${first.index}] says: ${each.name}`,
        ]
  })
}
