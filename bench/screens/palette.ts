/** Bytes of red, green and blue, pixel by pixel. */
type Pixels = Uint8Array

const keyOf = (r: number, g: number, b: number): number => (r << 16) | (g << 8) | b
const partsOf = (key: number): [number, number, number] => [key >> 16, (key >> 8) & 255, key & 255]

/** A colour of few pixels says more than a grey at the edge of a letter: a dot of a state, a line of a chart. */
const weightOf = (key: number, n: number): number => {
  const parts = partsOf(key)
  const saturation = Math.max(...parts) - Math.min(...parts)
  return n * (1 + saturation)
}

/** The same picture in `n` colours: those that say most, each other pixel in the nearest of them. */
export function reduced(pixels: Pixels, n: number): Pixels {
  const counts = new Map<number, number>()
  for (let at = 0; at < pixels.length; at += 3) {
    const key = keyOf(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const ranked = [...counts].toSorted((a, b) => weightOf(...b) - weightOf(...a)).map(([key]) => key)
  const kept = ranked.slice(0, n)
  const nearest = new Map(ranked.map((key, rank) => [key, rank < n ? key : nearestOf(key, kept)]))
  const made = new Uint8Array(pixels.length)
  for (let at = 0; at < pixels.length; at += 3) {
    const key = keyOf(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0)
    made.set(partsOf(nearest.get(key) ?? key), at)
  }
  return made
}

function nearestOf(key: number, kept: readonly number[]): number {
  const [r, g, b] = partsOf(key)
  let best = key
  let least = Infinity
  for (const each of kept) {
    const [red, green, blue] = partsOf(each)
    const distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2
    if (distance < least) [best, least] = [each, distance]
  }
  return best
}
