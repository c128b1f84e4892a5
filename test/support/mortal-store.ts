import { type Store, StoreError } from '../../src/store/store.ts'

/** What passes a call of a store on, or does not. */
type Gate = (method: keyof Store, args: readonly unknown[], call: () => Promise<unknown>) => Promise<unknown>

/** A store whose calls go through a gate; closing it closes nothing. */
export function gated(store: Store, gate: Gate): Store {
  const methods = Object.entries(store).map(([name, method]) => {
    const call = method as (...args: unknown[]) => Promise<unknown>
    return [
      name,
      (...args: unknown[]) => gate(name as keyof Store, args, () => call.apply(store, args)),
    ] as const
  })
  return { ...(Object.fromEntries(methods) as unknown as Store), close: () => Promise.resolve() }
}

/** A call after which, or before which, a worker dies; null if it goes on. By its key it does so once. */
export type Deadly = (call: {
  method: keyof Store
  args: readonly unknown[]
  output: unknown
  when: 'before' | 'after'
}) => string | null

/** The store of a worker that dies. */
export interface Mortal {
  store: Store
  /** Resolves when it has died. */
  death: Promise<void>
  /** Resolves when nothing of what it had asked for is under way. */
  quiet: () => Promise<unknown>
}

const never = () => new Promise<never>(() => undefined)

/**
 * As the database sees a worker that is killed: what it had asked for happens, but nobody hears the answer, and
 * nothing is asked for anymore. `died` has what it died of before.
 */
export function mortal(store: Store, deadly: Deadly, died: Set<string>): Mortal {
  const { promise: death, resolve: die } = Promise.withResolvers<void>()
  const asked = new Set<Promise<unknown>>()
  let isDead = false
  const diesOf = (call: Parameters<Deadly>[0]): boolean => {
    const key = deadly(call)
    if (key === null || died.has(key)) return false
    died.add(key)
    isDead = true
    die()
    return true
  }
  const gate: Gate = async (method, args, call) => {
    if (isDead || diesOf({ method, args, output: null, when: 'before' })) return never()
    const asking = call()
    asked.add(asking)
    const output = await asking.finally(() => asked.delete(asking))
    return diesOf({ method, args, output, when: 'after' }) || isDead ? never() : output
  }
  return { store: gated(store, gate), death, quiet: () => Promise.allSettled(asked) }
}

/** A store that does not answer anymore from a call on. */
export function leaving(
  store: Store,
  leaves: (method: keyof Store, done: readonly string[]) => boolean,
): Store {
  const done: string[] = []
  let isAway = false
  return gated(store, async (method, _, call) => {
    isAway ||= leaves(method, done)
    if (isAway) throw new StoreError('unavailable', 'the database is unreachable')
    const output = await call()
    done.push(method)
    return output
  })
}
