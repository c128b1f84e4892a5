/** What may not be cut: comments, strings, quoted names, and bodies between dollar signs. */
const token =
  /--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"[^"]*"|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|[A-Za-z_][\w$]*|[\s\S]/g

/** Leading blank lines and comments. */
const preamble = /^(?:\s+|--[^\n]*\n?|\/\*[\s\S]*?\*\/)*/

/** A statement of a script, with the comment right above it. */
export interface Statement {
  text: string
  /**
   * `function public.prune`, `trigger keep on public.runs`; null if the statement creates nothing by name.
   */
  object: string | null
}

/**
 * The statements of a script, in order. A comment that a blank line separates from its statement is left out.
 */
export function splitStatements(script: string): Statement[] {
  return splitAt(script, ';')
    .filter((part) => codeOf(part) !== '')
    .map((part) => {
      const code = codeOf(part)
      const above = part.slice(0, part.length - code.length)
      const comment = above.slice(above.lastIndexOf('\n\n') + 1).trimStart()
      return { text: `${comment}${code};`, object: objectOf(code) }
    })
}

/**
 * `alter table ... add column if not exists ...` for every column of a `create table`, so that an older table
 * grows.
 */
export function addColumns({ text, object }: Statement): string {
  const code = codeOf(text)
  const columns = splitAt(code.slice(code.indexOf('(') + 1, code.lastIndexOf(')')), ',')
    .map((part) => codeOf(part).trim())
    .filter((part) => !/^(?:unique|primary key|check|foreign key|constraint|exclude)\b/.test(part))
  const table = object?.replace('table ', '') ?? ''
  return `alter table ${table}\n${columns.map((column) => `  add column if not exists ${column}`).join(',\n')};`
}

/** A function of a `create function` with the types of its arguments: `public.prune(jsonb)`. */
export function signatureOf({ text, object }: Statement): string {
  const types = splitAt(argumentsOf(codeOf(text)), ',')
    .map((part) => codeOf(part).trim())
    .filter((part) => part !== '')
    .map((part) => part.replace(/^\w+\s+/, '').replace(/\s+default\b[\s\S]*$/i, ''))
  return `${object?.replace('function ', '') ?? ''}(${types.join(', ')})`
}

/** What is between the first parenthesis and the one that closes it. */
function argumentsOf(code: string): string {
  let inside = ''
  let depth = 0
  for (const [piece] of code.slice(code.indexOf('(')).matchAll(token)) {
    if (piece === ')') depth -= 1
    if (piece === ')' && depth === 0) return inside
    if (depth > 0) inside += piece
    if (piece === '(') depth += 1
  }
  return inside
}

/** Splits at a separator that is outside of parentheses and of everything that may not be cut. */
function splitAt(text: string, separator: ';' | ','): string[] {
  const parts = ['']
  let depth = 0
  for (const [piece] of text.matchAll(token)) {
    if (piece === '(') depth += 1
    if (piece === ')') depth -= 1
    if (piece === separator && depth === 0) parts.push('')
    else parts[parts.length - 1] += piece
  }
  return parts
}

const codeOf = (part: string) => part.replace(preamble, '')

function objectOf(code: string): string | null {
  const [, kind, name] =
    /^create (?:or replace )?(?:unique )?(schema|table|index|function|view) (?:if not exists )?([\w.]+)/.exec(
      code,
    ) ?? []
  if (kind !== undefined) return `${kind} ${name}`
  const [, trigger, table] = /^create or replace trigger (\w+)[\s\S]*? on ([\w.]+)/.exec(code) ?? []
  return trigger === undefined ? null : `trigger ${trigger} on ${table}`
}
