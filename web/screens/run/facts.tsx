import type { ReactNode } from 'react'
import type { Answer } from '../../api/client.ts'
import { count, percent } from '../../format/numbers.ts'
import { clock, span, utc } from '../../format/time.ts'
import { list, plural } from '../../format/words.ts'
import { ShareBar } from '../../ui/share-bar.tsx'
import { restOf } from '../../ui/run-words.ts'
import styles from './run.module.css'
import { breadthOf, costOf, type RunTarget, tally, tokensOf } from './view.ts'

type Run = Answer<'GET /api/v1/runs/{id}'>['run']

/** What a run came to, each number with what it rests on. */
export function Facts({ run, targets }: { run: Run; targets: readonly RunTarget[] }) {
  const { n_probes: n, n_succeeded: ok, n_failed: failed, started_at: from, finished_at: to } = run
  const rest = restOf(run)
  const reason = tally(run.skip_reasons)
  const tokens = tokensOf(targets)
  const cost = costOf(targets)
  const breadth = breadthOf(targets)
  return (
    <>
      <dl className={styles.facts}>
        <Fact
          name="Calls succeeded"
          ground={rest === '' ? `${percent(ok, n)} of ${plural(n, 'call')}` : rest}
        >
          {count(ok)} <span>of {count(n)}</span>
          <ShareBar ok={ok} failed={failed} of={n} />
        </Fact>
        <Fact
          name="Took"
          ground={
            <>
              <time dateTime={from} title={utc(from)}>
                {clock(from)}
              </time>
              {to !== null && (
                <>
                  –
                  <time dateTime={to} title={utc(to)}>
                    {clock(to)}
                  </time>
                </>
              )}
            </>
          }
        >
          {to === null ? 'at work' : span(Date.parse(to) - Date.parse(from))}
        </Fact>
        <Fact name="Cost" ground={cost.ground}>
          {cost.usd}
        </Fact>
        <Fact name="Tokens out" ground={`${count(tokens.input)} in`}>
          {count(tokens.output)}
        </Fact>
        <Fact name="Targets" ground={`from ${list(breadth.regions) || run.region}`}>
          {count(breadth.targets)}
        </Fact>
      </dl>
      {(run.status_reason !== null || reason !== '') && (
        <p className={styles.reason}>
          {[run.status_reason, reason === '' ? null : `skipped: ${reason}`]
            .filter((each) => each !== null)
            .join('; ')}
        </p>
      )}
    </>
  )
}

function Fact({ name, ground, children }: { name: string; ground: ReactNode; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={styles.key}>{children}</dd>
      <dd className={styles.ground}>{ground}</dd>
    </div>
  )
}
