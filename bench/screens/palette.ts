/** Bytes of red, green and blue, pixel by pixel. */
type Pixels = Uint8Array

const keyOf = (r: number, g: number, b: number): number => (r << 16) | (g << 8) | b
const partsOf = (key: number): [number, number, number] => [key >> 16, (key >> 8) & 255, key & 255]

const distanceOf = (one: number, other: number): number => {
  const [[r, g, b], [red, green, blue]] = [partsOf(one), partsOf(other)]
  return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2
}

/** Colours and the nearest of `n` that are kept: the most frequent, then always the one whose pixels are furthest off. */
function nearestOf(counts: ReadonlyMap<number, number>, n: number): Map<number, number> {
  const colours = [...counts].map(([key, pixels]) => ({ key, pixels, nearest: key, distance: Infinity }))
  let kept = colours.reduce((most, each) => (each.pixels > most.pixels ? each : most))
  for (let index = 0; index < n; index++) {
    for (const each of colours) {
      const distance = distanceOf(each.key, kept.key)
      if (distance < each.distance) Object.assign(each, { nearest: kept.key, distance })
    }
    const errorOf = ({ pixels, distance }: (typeof colours)[number]) => pixels * distance
    kept = colours.reduce((worst, each) => (errorOf(each) > errorOf(worst) ? each : worst))
  }
  return new Map(colours.map(({ key, nearest }) => [key, nearest]))
}

/** The same picture in at most `n` colours. */
export function reduced(pixels: Pixels, n: number): Pixels {
  const counts = new Map<number, number>()
  const keyAt = (at: number) => keyOf(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0)
  for (let at = 0; at < pixels.length; at += 3) counts.set(keyAt(at), (counts.get(keyAt(at)) ?? 0) + 1)
  const nearest = nearestOf(counts, n)
  const made = new Uint8Array(pixels.length)
  for (let at = 0; at < pixels.length; at += 3) made.set(partsOf(nearest.get(keyAt(at)) ?? 0), at)
  return made
}
