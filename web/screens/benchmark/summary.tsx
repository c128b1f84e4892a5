import { durationParts, type Parts, rateParts, unknown, usd } from '../../format/numbers.ts'
import { isolated, plural } from '../../format/words.ts'
import styles from './run.module.css'
import { sizeOf } from './call.ts'
import { bestOf, type Outcome } from './view.ts'

interface Figure {
  name: string
  parts: Parts
  /** What it is of, and what it rests on. */
  about: string
}

/** What a run brought, in a few figures with what they rest on. */
export const Summary = (given: { outcomes: readonly Outcome[]; nameOf: (provider: string) => string }) => (
  <dl className={styles.summary}>
    {figuresOf(given).map(({ name, parts: { value, unit }, about }) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>
          {value} <small>{unit}</small>
        </dd>
        <dd title={about}>{about}</dd>
      </div>
    ))}
  </dl>
)

function figuresOf({ outcomes, nameOf }: Parameters<typeof Summary>[0]): Figure[] {
  const best = (name: string, metric: 'tps' | 'ttft_ms', of = outcomes): Figure => {
    const found = bestOf(of, metric)
    const samples = found?.[metric] ?? null
    const parts = metric === 'tps' ? rateParts(samples?.p50) : durationParts(samples?.p50)
    if (found === null || samples === null) return { name, parts, about: 'nothing to compare' }
    return {
      name,
      parts,
      about: `${isolated(found.model ?? '')} · ${nameOf(found.provider ?? '')} · n ${samples.n}`,
    }
  }
  const sizes = [...new Set(outcomes.flatMap(({ context }) => context ?? []))].toSorted((a, b) => a - b)
  const [least = 0] = sizes
  const most = sizes.at(-1) ?? 0
  const at = (size: number) => outcomes.filter(({ context }) => context === size)
  const last = best('Best @ Max Tier', 'tps', at(most))
  const tiers = [
    best(`Best @ ${sizeOf(least)}`, 'tps', at(least)),
    { ...last, about: `${sizeOf(most)} · ${last.about}` },
    { name: 'Tiers Tested', parts: plain(String(sizes.length)), about: sizes.map(sizeOf).join(', ') },
  ]
  return [
    best('Fastest model', 'tps'),
    best('Best TTFT', 'ttft_ms'),
    ...(sizes.length > 1 ? tiers : []),
    ...totalsOf(outcomes),
  ]
}

function totalsOf(outcomes: readonly Outcome[]): Figure[] {
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, each) => total + of(each), 0)
  const [failed, answered] = [sum(({ n_failed: n }) => n), sum(({ n_ok: n }) => n)]
  const unpriced = sum(({ n_cost_unknown: n }) => n)
  const cost = unpriced > 0 && unpriced === answered ? unknown : usd(sum(({ cost_usd: usdOf }) => usdOf))
  const answers = plural(answered, 'answer')
  return [
    {
      name: 'Total Cost',
      parts: plain(cost),
      about: unpriced === 0 ? `of ${answers}` : `${unpriced} of ${answers} without a price`,
    },
    { name: 'Failures', parts: plain(String(failed)), about: `of ${plural(answered + failed, 'call')}` },
  ]
}

const plain = (value: string): Parts => ({ value, unit: '' })
