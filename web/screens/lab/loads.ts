/** Numbers of a text, such as `1, 2, 4`, each once; or what is wrong with it. */
export function parseLoads(
  text: string,
  { least, most, whole, entries }: { least: number; most: number; whole: boolean; entries: number },
): { loads: number[] } | { problem: string } {
  const words = text.split(/[\s,;]+/).filter(Boolean)
  if (words.length === 0) return { problem: 'Name at least one' }
  const loads = [...new Set(words.map(Number))]
  const wrong = words.find((word) => {
    const load = Number(word)
    return !(load >= least && load <= most) || (whole && !Number.isInteger(load))
  })
  if (wrong !== undefined)
    return { problem: `'${wrong}' is no ${whole ? 'whole number' : 'number'} from ${least} to ${most}` }
  if (loads.length > entries) return { problem: `At most ${entries}, and these are ${loads.length}` }
  return { loads }
}

/** A list of loads with one more, in its place, or without one that is in it. */
export const toggled = (loads: readonly number[], load: number): number[] =>
  loads.includes(load) ? loads.filter((each) => each !== load) : [...loads, load].toSorted((a, b) => a - b)
