import { count, duration, durationParts, percent, unknown, usd } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { Metric } from '../../ui/metric.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import styles from './target.module.css'
import { endedOf, type Traffic } from './traffic-lines.ts'

/** The traffic of a time in five figures. */
export function TrafficFigures({ found: { traffic, steps } }: { found: Traffic }) {
  const { ended, byProvider, byOthers } = endedOf(traffic)
  const { ttft } = traffic
  return (
    <dl className={styles.figures}>
      <div>
        <dt>Requests</dt>
        <dd>
          <Metric
            parts={{ value: count(traffic.n), unit: '' }}
            ground={`${count(traffic.client_left)} left by their clients`}
          />
        </dd>
      </div>
      <div>
        <dt title="Of the requests whose clients stayed until the end">Failed by the provider</dt>
        <dd>
          <Metric
            parts={{ value: percent(byProvider, ended), unit: '' }}
            ground={`${count(byProvider)} of ${count(ended)} · ${plural(byOthers, 'other failure')}`}
          />
        </dd>
      </div>
      <div>
        <dt title="What the proxy adds to the first token: its mean, before the request and at the token">
          Overhead
        </dt>
        <dd>
          <Metric
            parts={{ value: addedText(traffic), unit: traffic.overhead_first_ms === null ? '' : 'ms' }}
            ground="added by the proxy"
          />
        </dd>
      </div>
      <div>
        <dt>Cost</dt>
        <dd>
          <Metric
            parts={{ value: usd(traffic.cost_usd), unit: '' }}
            ground={
              traffic.cost_unknown === 0
                ? `${count(traffic.output_tokens)} tokens out`
                : `${count(traffic.cost_unknown)} unknown`
            }
          />
        </dd>
      </div>
      <div className={styles.wide}>
        <dt>TTFT</dt>
        <dd>
          <Metric
            parts={durationParts(ttft.p50)}
            ground={`n ${count(ttft.n)}${ttft.p95 === null ? '' : ` · p95 ${duration(ttft.p95)}`}`}
          />
          <Sparkline
            values={steps.ttft_p50}
            failures={[]}
            label={`TTFT of your traffic over this time, n ${count(ttft.n)}`}
          />
        </dd>
      </div>
    </dl>
  )
}

const addedText = ({ overhead_before_ms: before, overhead_first_ms: first }: Traffic['traffic']): string =>
  first === null ? unknown : ((before ?? 0) + first).toFixed(2)
