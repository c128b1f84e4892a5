import { seededRandom } from '../../src/core/random.ts'
import type { Noise } from '../../src/alerts/page.ts'

export const noises = {
  quiet: { name: 'quiet', sigma: 0.25, phi: 0.2, tail: 0, swing: 0.15, wobble: 0.08 },
  typical: { name: 'typical', sigma: 0.4, phi: 0.4, tail: 0.02, swing: 0.15, wobble: 0.08 },
  uneven: { name: 'typical, uneven days', sigma: 0.4, phi: 0.4, tail: 0.02, swing: 0.25, wobble: 0.08 },
  wild: { name: 'wild', sigma: 0.55, phi: 0.7, tail: 0.05, swing: 0.15, wobble: 0.08 },
} as const satisfies Record<string, Noise>

/** Usual values of targets, in ms: any between these, as likely to double as to halve. */
const [lowest, highest] = [300, 2000]

export const perDay = 96
export const stepMs = 900_000
/** Midnight, UTC. */
export const beginning = Date.UTC(2026, 0, 1)

/** Normal values of mean 0 and deviation 1, two at a time by the method of Box and Muller. */
function normals(random: () => number): () => number {
  let spare: number | null = null
  return () => {
    if (spare !== null) {
      const value = spare
      spare = null
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()))
    const angle = 2 * Math.PI * random()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}

/** The TTFT of one target in ms, every 15 minutes from `beginning` on, without end. */
export function* ttftOf({ sigma, phi, tail, swing, wobble }: Noise, seed: number): Generator<number, never> {
  const random = seededRandom(seed)
  const normal = normals(random)
  const usual = lowest * (highest / lowest) ** random()
  const phase = 2 * Math.PI * random()
  let state = normal()
  let day = 0
  for (let index = 0; ; index += 1) {
    if (index % perDay === 0) day = wobble * normal()
    state = phi * state + Math.sqrt(1 - phi ** 2) * normal()
    const hour = swing * Math.sin((2 * Math.PI * index) / perDay + phase)
    const rare = random() < tail ? 2 + 8 * random() : 1
    yield usual * rare * Math.exp(sigma * state + hour + day)
  }
}
