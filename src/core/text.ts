/** The beginning of a text, of at most so many bytes as UTF-8 and whole characters: as databases measure it. */
export const cut = (text: string, bytes: number): string =>
  // Three bytes are the most that a UTF-16 unit takes.
  text.length * 3 <= bytes ? text : text.slice(0, encoder.encodeInto(text, new Uint8Array(bytes)).read)

const encoder = new TextEncoder()

/** Untrusted text on one line, without controls and characters that change how others are shown. */
export const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()

/** A number of things: `1 call`, `2 calls`. */
export const counted = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`
