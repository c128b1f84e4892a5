import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { bookkeeping, literal, type Migration, readMigrations } from './migrate.ts'
import { addColumns, signatureOf, splitStatements, type Statement } from './sql-text.ts'

/** A file of supabase/schemas or supabase/upgrade. */
interface SqlFile {
  name: string
  sql: string
}

const root = path.join(import.meta.dirname, '../..')

const readFolder = (name: 'schemas' | 'upgrade'): SqlFile[] =>
  readdirSync(path.join(root, 'supabase', name))
    .toSorted()
    .map((file) => ({ name: file, sql: readFileSync(path.join(root, 'supabase', name, file), 'utf8') }))

const rightsFile = '90_rights.sql'

/** The schema as people edit it: the files of supabase/schemas in their order. */
export const readSchemas = (): SqlFile[] =>
  readFolder('schemas').map((file) => (file.name === rightsFile ? withNames(file) : file))

/** The file that every migration ends with. */
export const readRights = (): string => readSchemas().find(({ name }) => name === rightsFile)?.sql ?? ''

/** The statements of all schema files. */
export const schemaStatements = (): Statement[] =>
  readFolder('schemas').flatMap(({ sql }) => splitStatements(sql))

/** The rights with the names of what the schema files create in the schema public. */
function withNames({ name, sql }: SqlFile): SqlFile {
  const ours = schemaStatements()
  const relations = ours.map(({ object }) => /^(?:table|view) public\.(\w+)$/.exec(object ?? '')?.[1])
  const functions = ours
    .filter(({ object }) => object?.startsWith('function public.') === true)
    .map(signatureOf)
  const lists = { our_relations: relations.filter((found) => found !== undefined), our_functions: functions }
  return { name, sql: Object.entries(lists).reduce(withList, sql) }
}

/** The text with the items of an array constant replaced. */
const withList = (text: string, [list, names]: [string, string[]]): string =>
  text.replace(
    new RegExp(`(${list} constant text\\[\\] := array\\[\\n)[^;]*?(\\n *\\];)`),
    (_, before, after) => `${before}${wrap(names.toSorted())}${after}`,
  )

const wrap = (names: readonly string[]) =>
  names.reduce((text, name) => {
    const line = text.slice(text.lastIndexOf('\n') + 1)
    const item = `'${name}'`
    if (text === '') return `    ${item}`
    return line.length + item.length > 104 ? `${text},\n    ${item}` : `${text}, ${item}`
  }, '')

/** The tables that an installation from before firsttoken may have, with fewer columns. */
const earlierTables = ['providers', 'models', 'prices', 'runs', 'benchmark_results'].map(
  (name) => `table public.${name}`,
)

/** The schema with everything that brings an older database up to date, in the order of the file names. */
export function baselineScript(): string {
  const schemas = readSchemas().map(({ name, sql }) => ({
    name,
    sql: splitStatements(sql)
      .filter(({ object }) => earlierTables.includes(object ?? ''))
      .reduce((text, table) => text.replace(table.text, `${table.text}\n${addColumns(table)}`), sql),
  }))
  const sections = [...schemas, ...readFolder('upgrade')]
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, sql }) => `-- ---- ${name}\n\n${sql.trim()}\n`)
  return [
    '-- The whole schema. Generated from supabase/schemas and supabase/upgrade; do not edit. It can be run again.\n',
    ...sections,
  ].join('\n')
}

/** The whole schema as one script for a SQL editor, with the rows that say which migrations it holds. */
export function schemaScript(migrations: readonly Migration[]): string {
  const rows = migrations.map(({ version, name }) => `  (${literal(version)}, ${literal(name)})`).join(',\n')
  return [
    refuseOlder(migrations),
    baselineScript(),
    `-- ---- the migrations that this replaces\n\n${bookkeeping}insert into supabase_migrations.schema_migrations (version, name) values\n${rows}\non conflict do nothing;\n`,
  ].join('\n')
}

/**
 * The script creates what is missing, but changes no table: a database that lacks a later migration is
 * refused.
 */
function refuseOlder([, ...later]: readonly Migration[]): string {
  if (later.length === 0) return ''
  const versions = later.map(({ version }) => literal(version)).join(', ')
  return `do $$
declare
  applied integer := 0;
begin
  if to_regclass('public.targets') is null then
    return;
  end if;
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    select count(*) into applied from supabase_migrations.schema_migrations where version in (${versions});
  end if;
  if applied < ${later.length} then
    raise exception 'this database lacks migrations: run scripts/migrate.ts, or paste those files of supabase/migrations that it lacks';
  end if;
end $$;
`
}

/**
 * What the schema files say that the generated files must hold: path from the root of the repository -> text.
 */
export const generatedFiles = (): Record<string, string> => ({
  [`supabase/schemas/${rightsFile}`]: readRights(),
  'supabase/schema.sql': schemaScript(readMigrations()),
})

/** The generated files that are not what the schema files say. */
const outdatedFiles = (): string[] =>
  Object.entries(generatedFiles())
    .filter(([file, text]) => readFileSync(path.join(root, file), 'utf8') !== text)
    .map(([file]) => file)

/** Writes a file, named from the root of the repository. */
export const writeFile = (file: string, text: string): void => writeFileSync(path.join(root, file), text)

/** Brings the generated files up to date. */
export function writeGenerated(): void {
  const files = generatedFiles()
  for (const file of outdatedFiles()) writeFile(file, files[file] ?? '')
}
