/** Makes one after another: a sweep has up to 100,000 results, which are in memory while something is made of them. */
export function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve()
  return <Output>(make: () => Promise<Output>): Promise<Output> => {
    const made = last.then(make)
    last = made.catch(() => undefined)
    return made
  }
}
