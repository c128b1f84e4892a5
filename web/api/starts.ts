/** A model of a provider. */
export interface Target {
  provider: string
  model: string
}

export const nameOf = ({ provider, model }: Target): string => `${provider}/${model}`

/** The target of a name: models have slashes, providers none. */
export function targetOf(name: string): Target {
  const at = name.indexOf('/')
  return { provider: name.slice(0, at), model: name.slice(at + 1) }
}

/** Whether it is the name of a target. */
export const isTargetName = (given: unknown): given is string =>
  typeof given === 'string' && /^[^/]+\/./.test(given)

/** Makes the key of a start: the same until it succeeded, so that a retry never starts twice. */
export function startKeys(random: () => string) {
  let last: { words: string; key: string } | null = null
  return {
    keyOf: (asked: object): string => {
      const words = JSON.stringify(asked)
      if (last?.words !== words) last = { words, key: random() }
      return last.key
    },
    spent: () => {
      last = null
    },
  }
}

/** 128 random bits; `randomUUID` is missing where a page comes over plain http from another machine. */
export const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
