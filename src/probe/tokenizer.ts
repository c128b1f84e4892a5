/**
 * Up to 500 characters, ending at whitespace or the end if possible. Tokenizing time grows with the square of
 * a word's length: 32,000 characters of Korean without spaces took 2 s.
 */
const stretches = /[^]{1,500}(?=\s|$)|[^]{1,500}/gu

/** Loads one declared tokenizer, o200k_base, which blocks the thread for 0.5 to 2 s, the first time. */
export async function loadTokenizer(): Promise<(text: string) => number> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  return (text) => countTokens(text, { disallowedSpecial: new Set() })
}

/** The tokens of each text, whatever its words, by the tokenizer of `loadTokenizer`. */
export async function tokenize(texts: readonly string[]): Promise<number[]> {
  const count = await loadTokenizer()
  return texts.map((text) => (text.match(stretches) ?? []).reduce((sum, each) => sum + count(each), 0))
}
