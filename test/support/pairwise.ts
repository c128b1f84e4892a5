/** Each factor with the values that it can have. */
type Factors = Record<string, readonly unknown[]>
/** One value of each factor. */
type Case<Of extends Factors> = { [Name in keyof Of]: Of[Name][number] }

/** The place of a value of a factor: both counted from 0. */
type Place = readonly [factor: number, value: number]

const keyOf = (one: Place, other: Place): string => `${one.join(':')} ${other.join(':')}`

/**
 * Cases in which every value of each factor meets every value of each other factor, in far fewer cases than all
 * combinations. What does not matter in a case has the first value of its factor: put the cheapest first. The same
 * factors give the same cases.
 */
export function pairwise<Of extends Factors>(factors: Of): Case<Of>[] {
  const names = Object.keys(factors)
  const sizes = names.map((name) => factors[name]?.length ?? 0)
  const left = pairsOf(sizes)
  const cases: Case<Of>[] = []
  for (let first = left.values().next().value; first !== undefined; first = left.values().next().value) {
    const chosen = complete(first, { sizes, left })
    for (const one of chosen) for (const other of chosen) left.delete(keyOf(one, other))
    const values = new Map(chosen)
    cases.push(
      Object.fromEntries(
        names.map((name, factor) => [name, factors[name]?.[values.get(factor) ?? 0]]),
      ) as Case<Of>,
    )
  }
  return cases
}

/** Every pair of values of two factors, the one of the earlier factor first. */
function pairsOf(sizes: readonly number[]): Map<string, readonly [Place, Place]> {
  const places = sizes.flatMap((size, factor) =>
    Array.from({ length: size }, (_, value): Place => [factor, value]),
  )
  const pairs = places.flatMap((one) =>
    places.filter(([factor]) => factor > one[0]).map((other) => [one, other] as const),
  )
  return new Map(pairs.map((pair) => [keyOf(...pair), pair]))
}

/** Adds to a pair the value of each other factor that meets the most values which it has not met. */
function complete(
  pair: readonly Place[],
  { sizes, left }: { sizes: readonly number[]; left: ReadonlyMap<string, unknown> },
): Place[] {
  const chosen = [...pair]
  for (const [factor, size] of sizes.entries()) {
    if (chosen.some(([known]) => known === factor)) continue
    const meets = (value: number) =>
      chosen.filter((known) => {
        const [one, other] = [known, [factor, value] as const].toSorted((a, b) => a[0] - b[0])
        return one !== undefined && other !== undefined && left.has(keyOf(one, other))
      }).length
    const news = Array.from({ length: size }, (_, value) => meets(value))
    chosen.push([factor, news.indexOf(Math.max(...news))])
  }
  return chosen
}
