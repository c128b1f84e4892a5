import { z } from 'zod'

/** What an issue of a schema says, if the schema has no words of its own for it: never with the value, which may be a secret. */
export const sayIssue: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? 'is missing' : `must be ${nouns[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_big' && issue.origin === 'array') return `has more than ${issue.maximum} entries`
  if (issue.code === 'too_big') return `has more than ${issue.maximum} characters`
  return undefined
}

const nouns: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'names with values',
  record: 'names with values',
  string: 'a text',
}

/** An object with these keys alone; an unknown one is most often a misspelled one, so the error names all. */
export const known = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `may have ${Object.keys(shape).join(', ')}` : undefined,
  })

/** A whole number. */
export function whole(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`
  return z.int({ error }).min(least, { error }).max(most, { error })
}

/** A number, of any fraction. */
export function between(least: number, most: number) {
  const error = `must be a number from ${least} to ${most}`
  return z.number({ error }).min(least, { error }).max(most, { error })
}

/** A text that says something. */
export const text = (most: number) => z.string().regex(/\S/, 'must not be empty').max(most)
