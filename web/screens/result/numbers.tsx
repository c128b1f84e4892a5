import meanings from 'virtual:metrics'
import { count, durationParts, type Parts, rateParts, unknown, usd } from '../../format/numbers.ts'
import { Metric } from '../../ui/metric.tsx'
import styles from './result.module.css'
import type { Result } from './stream.ts'

const sources: Readonly<Record<string, string>> = {
  provider: 'as charged by the provider',
  price: 'by its tokens and price',
}

/** What was measured of one call, large. */
export function Numbers({ result }: { result: Result }) {
  const { output_tokens: output, reasoning_tokens: reasoning, input_tokens: input } = result
  const counted = result.token_source === null ? '' : ` · by ${result.token_source}`
  const stalls = result.stall_count === null ? 'stalls unknown' : `stalls ${result.stall_count}`
  const figures: { head: string; meaning?: string | undefined; parts: Parts; ground: string }[] = [
    {
      head: 'TTFT',
      meaning: meanings['ttft_ms'],
      parts: durationParts(result.ttft_ms),
      ground: `cold ${textOf(durationParts(result.cold_ttft_ms))}`,
    },
    {
      head: 'TTFA',
      meaning: meanings['ttfa_ms'],
      parts: durationParts(result.ttfa_ms),
      ground: (reasoning ?? 0) > 0 ? `after ${count(reasoning ?? 0)} tokens of reasoning` : 'no reasoning',
    },
    { head: 'Speed', meaning: meanings['tps'], parts: rateParts(result.tps), ground: stalls },
    {
      head: 'Latency',
      meaning: meanings['total_latency_ms'],
      parts: durationParts(result.total_latency_ms),
      ground: `last token ${textOf(durationParts(result.e2e_ms))}`,
    },
    {
      head: 'Tokens out',
      parts: { value: output === null ? unknown : count(output), unit: '' },
      ground: `in ${input === null ? unknown : count(input)}${counted}`,
    },
    {
      head: 'Cost',
      parts: { value: usd(result.cost_usd), unit: '' },
      ground: sources[result.cost_source ?? ''] ?? 'price unknown',
    },
  ]
  return (
    <dl className={styles.figures}>
      {figures.map(({ head, meaning, parts, ground }) => (
        <div key={head}>
          <dt title={meaning}>{head}</dt>
          <dd>
            <Metric
              parts={parts}
              ground={ground}
              why={parts.value === unknown ? whyNot(result) : 'of this one call'}
            />
          </dd>
        </div>
      ))}
    </dl>
  )
}

const textOf = ({ value, unit }: Parts): string => (unit === '' ? value : `${value} ${unit}`)

const whyNot = ({ success }: Result): string =>
  success ? 'too few tokens, or timing that cannot be trusted' : 'the call failed before'
