/** Length of a nonce: fixed, so that every prompt of a series has the same number of characters. */
const nonceLength = 12

/** The prompt as sent: a nonce in front makes the prefix new each time, so that no prompt cache answers for the model. */
export const withNonce = (prompt: string, nonce: string): string => `[${nonce}] ${prompt}`

/** A nonce of `nonceLength` lower-case letters and digits from a source of randomness in 0..1. */
export function makeNonce(random: () => number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from({ length: nonceLength }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
}
