/** `1 call`, `3 calls`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

/** Words with commas, and the last with `and`. */
export function list(words: readonly string[]): string {
  const all = words.map(isolated)
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
}

/** `Scheduled run`. */
export const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

/** The name of an error or mode as people read it: `timeout_first_token` is `timeout first token`. */
export const spoken = (name: string): string => name.replaceAll('_', ' ')

/** A name that others chose, so that a direction of writing in it ends with it, wherever it stands in a text. */
export const isolated = (name: string): string =>
  /[\u202A-\u202E\u2066-\u2069]/.test(name) ? `\u2068${name.replaceAll(/[\u2066-\u2069]/g, '')}\u2069` : name

/** Whether a text has the form of our ids. */
export const isId = (text: string): boolean => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)

/** What distinguishes an edition of a model, not the model. */
const editions = new Set(
  'instruct chat turbo versatile instant latest preview exp free it fp8 fp16 bf16 int4 int8 nitro lite reference hf beta'.split(
    ' ',
  ),
)

/** The name that a model has at every provider: without vendor, edition and date. `meta-llama/Llama-3.3-70B-Instruct-Turbo` is `llama-3.3-70b`. */
export function familyOf(model: string): string {
  const name = (model.split('/').at(-1) ?? model).toLowerCase().replace(/:.*$/, '')
  const words = name
    .replace(/-?(?:20\d{2}-?\d{2}-?\d{2}|\d{4}-\d{2}|2[3-9]\d{2})$/, '')
    .replace(/^([a-z]{2,})(\d)/, '$1-$2')
    .split('-')
  while (words.length > 1 && editions.has(words.at(-1) ?? '')) words.pop()
  return words.join('-')
}
