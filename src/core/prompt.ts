/** Fixed, so that every prompt of a series has the same number of characters. */
const nonceLength = 12

/** The prompt as sent: a leading nonce makes the prefix unique, which defeats prompt caches. */
export const withNonce = (prompt: string, nonce: string): string => `[${nonce}] ${prompt}`

/** A nonce of `nonceLength` lower-case letters and digits. `random` returns numbers in 0..1. */
export function makeNonce(random: () => number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from({ length: nonceLength }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
}
