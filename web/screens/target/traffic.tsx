import { useQuery } from '@tanstack/react-query'
import { type Stretch, trafficQuery } from '../../api/target-queries.ts'
import { count, duration, durationParts, percent, usd } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { PartHeading } from '../../ui/heading.tsx'
import { Metric } from '../../ui/metric.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Sparkline } from '../../ui/sparkline.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { useSeen } from '../../ui/use-seen.ts'
import styles from './target.module.css'
import { endedOf, type Line, linesOf, sizesOf, type Traffic as Found } from './traffic-lines.ts'

/** What users had of this model through the proxy, beside its probes: do these say what users feel? */
export function Traffic({ stretch, label }: { stretch: Stretch; label: string }) {
  const { place, isSeen } = useSeen()
  const read = useQuery({ ...trafficQuery(stretch), enabled: isSeen })
  return (
    <section ref={place} className={`${styles.panel} ${styles.results}`} aria-labelledby="traffic">
      <PartHeading
        id="traffic"
        title="Your traffic"
        ground={`through the proxy, beside the probes · ${label}`}
      />
      <Panel
        read={read}
        height={200}
        isEmpty={({ traffic }) => traffic.n === 0}
        empty={<None lastAt={read.data?.last_at ?? null} />}
      >
        {(found) => (
          <>
            <Figures found={found} />
            <Lines
              caption="Your traffic beside the probes"
              head="Whose"
              lines={linesOf(found, stretch.region)}
            />
            {found.input_sizes.length > 1 && (
              <>
                <h3 className={styles.sizes}>Your traffic by input that was not cached</h3>
                <Lines
                  caption="Your traffic by input that was not cached"
                  head="Input"
                  lines={sizesOf(found)}
                />
              </>
            )}
          </>
        )}
      </Panel>
    </section>
  )
}

const None = ({ lastAt }: { lastAt: string | null }) =>
  lastAt === null ? (
    <p className={styles.quiet}>
      No request for this model came through the proxy. With <code>PROXY=on</code>, <code>pnpm start</code>{' '}
      starts it: it forwards what your programs ask, byte for byte, and measures it as probes are measured.
      Point their base URL at it.
    </p>
  ) : (
    <p className={styles.quiet}>
      No request for this model came through the proxy in this time. The last one was <Ago at={lastAt} />.
    </p>
  )

function Figures({ found: { traffic, steps } }: { found: Found }) {
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

const addedText = ({ overhead_before_ms: before, overhead_first_ms: first }: Found['traffic']): string =>
  first === null ? '–' : ((before ?? 0) + first).toFixed(2)

const Lines = ({ caption, head, lines }: { caption: string; head: string; lines: readonly Line[] }) => (
  <Table<Line>
    caption={caption}
    columns={columnsOf(head)}
    groups={[{ name: null, rows: lines }]}
    keyOf={({ name }) => name}
    isCompact
  />
)

const columnsOf = (name: string): Column<Line>[] => [
  { id: 'name', head: name, cell: (line) => line.name },
  {
    id: 'n',
    head: 'n',
    meaning: 'Samples of TTFT',
    isNumber: true,
    width: 56,
    cell: ({ ttft }) => count(ttft.n),
  },
  figure('p50', 'TTFT p50', ({ ttft }) => ttft.p50),
  figure('p95', 'p95', ({ ttft }) => ttft.p95),
]

function figure(id: string, head: string, value: (line: Line) => number | null): Column<Line> {
  const meaning = 'A p95 needs 59 samples'
  return { id, head, meaning, isNumber: true, width: 88, cell: (line) => duration(value(line)) }
}
