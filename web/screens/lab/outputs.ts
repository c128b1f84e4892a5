import { ranges } from './choices.ts'

/** Output limits of requests: in turn, or any from one to another. */
type Outputs = number[] | { least: number; most: number }

const { least, most } = ranges.outputs

/** Output limits of a text, `64, 256` or `64..256`; or what is wrong with it. */
export function parseOutputs(text: string): { outputs: Outputs } | { problem: string } {
  const [, from, to] = /^\s*(\d+)\s*\.\.\s*(\d+)\s*$/.exec(text) ?? []
  const isRange = from !== undefined && to !== undefined
  const words = isRange ? [from, to] : text.split(/[\s,;]+/).filter(Boolean)
  const limits = words.map(Number)
  if (limits.length === 0) return { problem: 'Name at least one, such as 64, 256 or 64..256' }
  const wrong = words.find((_, place) => !isLimit(limits[place]))
  if (wrong !== undefined) return { problem: `'${wrong}' is no whole number from ${least} to ${most}` }
  if (limits.length > ranges.outputs.entries)
    return { problem: `At most ${ranges.outputs.entries}, and these are ${limits.length}` }
  if (!isRange) return { outputs: limits }
  const [low = least, high = most] = limits
  return low > high ? { problem: `${low} is above ${high}` } : { outputs: { least: low, most: high } }
}

const isLimit = (limit: number | undefined): boolean =>
  limit !== undefined && Number.isInteger(limit) && limit >= least && limit <= most
