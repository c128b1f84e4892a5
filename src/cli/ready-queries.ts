import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { readText } from './read-text.ts'

/** A file of supabase/queries. */
export interface ReadyQuery {
  /** The name of the file, without `.sql`. */
  name: string
  /** Its first line, a comment. */
  title: string
  text: string
}

const folder = path.join(import.meta.dirname, '../../supabase/queries')

/** The queries in supabase/queries, sorted by name. */
export const readyQueries = (): ReadyQuery[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file) => {
      const text = readFileSync(path.join(folder, file), 'utf8')
      return { name: file.slice(0, -'.sql'.length), title: titleOf(text), text }
    })

const titleOf = (text: string): string => /^-- (.*)/.exec(text)?.[1] ?? ''

/**
 * Finds a query by its name, with or without `.sql`; if there is none, the problem suggests similar names.
 */
export function findReadyQuery(asked: string): ReadyQuery | { problem: string } {
  const queries = readyQueries()
  const wanted = asked.replace(/\.sql$/, '')
  const found = queries.find(({ name }) => name === wanted)
  if (found !== undefined) return found
  const likely = queries
    .map(({ name }) => ({ name, likeness: likenessOf(wanted, name) }))
    .filter(({ likeness }) => likeness > 0.5)
    .toSorted((a, b) => b.likeness - a.likeness || a.name.length - b.name.length)
    .slice(0, 3)
  const guess = likely.length === 0 ? '' : ` Did you mean ${likely.map(({ name }) => name).join(', ')}?`
  return { problem: `there is no query named ${wanted}.${guess} --list shows them all` }
}

/** The share of a word's letter pairs that occur in a name, 0 to 1. */
function likenessOf(word: string, name: string): number {
  const pairs = Array.from({ length: word.length - 1 }, (_, at) => word.slice(at, at + 2).toLowerCase())
  return pairs.filter((pair) => name.includes(pair)).length / pairs.length
}

/** The statement that a command line names: a query by name, SQL in quotes, or a file. */
export function findStatement(given: string[], file: string | null): { text: string } | { problem: string } {
  const read = file === null ? null : readText(file)
  if (read !== null && 'problem' in read) return { problem: `--file: ${read.problem}` }
  const [statement = '', ...more] = read === null ? given : [read.text, ...given]
  if (statement.trim() === '' || more.length > 0)
    return { problem: 'give the name of a query, one SQL statement in quotes, or --file; --help shows how' }
  // No SQL statement is a single word.
  return file === null && /^[\w.-]+$/.test(statement) ? findReadyQuery(statement) : { text: statement }
}
