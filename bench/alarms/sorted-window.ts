/** Values in ascending order, one added or removed at a time: percentiles without sorting them again. */
export class SortedWindow {
  readonly values: number[] = []
  #sum = 0
  #squares = 0

  add(value: number): void {
    this.values.splice(this.#placeOf(value), 0, value)
    this.#sum += value
    this.#squares += value ** 2
  }

  remove(value: number): void {
    this.values.splice(this.#placeOf(value), 1)
    this.#sum -= value
    this.#squares -= value ** 2
  }

  /** As `percentile` of src/core/statistics.ts; 0 if empty. */
  percentile(p: number): number {
    const position = (this.values.length - 1) * p
    const below = this.values[Math.floor(position)] ?? 0
    const above = this.values[Math.ceil(position)] ?? below
    return below + (above - below) * (position - Math.floor(position))
  }

  get mean(): number {
    return this.#sum / this.values.length
  }

  get deviation(): number {
    return Math.sqrt(Math.max(0, this.#squares / this.values.length - this.mean ** 2))
  }

  #placeOf(value: number): number {
    let [low, high] = [0, this.values.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.values[middle] ?? 0) < value) low = middle + 1
      else high = middle
    }
    return low
  }
}
