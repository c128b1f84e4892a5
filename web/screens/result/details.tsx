import { Link } from '@tanstack/react-router'
import { duration } from '../../format/numbers.ts'
import { list, spoken } from '../../format/words.ts'
import styles from './result.module.css'
import type { InFull } from './stream.ts'

/** Everything else that is known of a call, as it was recorded. */
export function Details({ result, run }: Pick<InFull, 'result' | 'run'>) {
  const reasons = result.timing_reasons ?? []
  const rows: [name: string, value: string | null][] = [
    ['Status', result.status_code === null ? null : String(result.status_code)],
    ['Finish reason', result.finish_reason],
    ['Answered as', result.response_model],
    ['Request id', result.request_id],
    ['Error code', result.error_code],
    [
      'Timing',
      result.timing_quality === null
        ? null
        : spoken(result.timing_quality) + (reasons.length === 0 ? '' : `: ${list(reasons.map(spoken))}`),
    ],
    ['Own delay, at most', result.lag_max_ms === null ? null : duration(result.lag_max_ms)],
    ['HTTP', [result.http_version, result.content_encoding].filter((each) => each !== null).join(', ')],
    ['Headers after', result.ttfb_ms === null ? null : duration(result.ttfb_ms)],
    ['Cached tokens', result.cached_tokens === null ? null : String(result.cached_tokens)],
    ['Parameters', objectText(result.parameters)],
    ['Server timings', objectText(result.server_timings)],
    ['Series', result.series],
    ['Notes', result.notes === null || result.notes.length === 0 ? null : list(result.notes)],
    ['Run', `${run.run_name}, ${run.mode}`],
  ]
  return (
    <section className={styles.details} aria-labelledby="details">
      <h2 id="details">Details</h2>
      <dl>
        {rows.map(([name, value]) =>
          value === null || value === '' ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
        {result.confirms !== null && (
          <div>
            <dt>Rechecks</dt>
            <dd>the probe before it, which failed</dd>
          </div>
        )}
        {result.rechecked_by !== null && (
          <div>
            <dt>Rechecked</dt>
            <dd>
              <Link to="/results/$id" params={{ id: result.rechecked_by }}>
                by another call
              </Link>
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}

function objectText(given: Readonly<Record<string, unknown>> | null): string | null {
  if (given === null) return null
  const known = Object.entries(given).filter(([, value]) => value !== null)
  return known
    .map(([name, value]) => `${spoken(name)} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}
