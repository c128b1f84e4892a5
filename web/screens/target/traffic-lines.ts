import type { Answer } from '../../api/client.ts'
import { count } from '../../format/numbers.ts'
import { regionName } from '../../over-time/series.ts'

export type Traffic = Answer<'GET /api/v1/compare/traffic'>
type Samples = Traffic['traffic']['ttft']

/** A line of the comparison: whose samples, and what they are. */
export interface Line {
  name: string
  ttft: Samples
}

/** The traffic, and the probes of the regions that are shown (all if it is null). */
export const linesOf = ({ traffic, probes }: Traffic, region: string | null): Line[] => [
  { name: 'Your traffic', ttft: traffic.ttft },
  ...probes
    .filter((probe) => region === null || probe.region === region)
    .map((probe) => ({
      name: `Probes, ${regionName(probe.region)}`,
      ttft: probe.ttft,
    })),
]

/** The traffic by how much of its input was not cached. */
export const sizesOf = ({ input_sizes: sizes }: Traffic): Line[] =>
  sizes.map(({ input_size: from, ttft }) => ({ name: sizeText(from), ttft }))

/** The last class has no end. */
const largest = 262_144

/** A class of sizes, each four times as wide as the one before: `256–1,023 tokens`. */
function sizeText(from: number | null): string {
  if (from === null) return 'unknown size'
  if (from >= largest) return `${count(from)} tokens or more`
  const next = from === 0 ? 256 : 4 * from
  return `${count(from)}–${count(next - 1)} tokens`
}

/** How many requests ended, by themselves or by a failure; and how many failed, by the provider and by others. */
export function endedOf({ n, client_left: left, failed }: Traffic['traffic']) {
  const all = Object.values(failed).reduce((sum, each) => sum + each, 0)
  return { ended: n - left, byProvider: failed.provider, byOthers: all - failed.provider }
}
