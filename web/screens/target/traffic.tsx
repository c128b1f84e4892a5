import { useQuery } from '@tanstack/react-query'
import { type Stretch, trafficQuery } from '../../api/target-queries.ts'
import { count, duration } from '../../format/numbers.ts'
import { plural } from '../../format/words.ts'
import { Ago } from '../../ui/ago.tsx'
import { PartHeading } from '../../ui/heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { useSeen } from '../../ui/use-seen.ts'
import styles from './target.module.css'
import { TrafficFigures } from './traffic-figures.tsx'
import { type Line, linesOf, sizesOf } from './traffic-lines.ts'

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
            <TrafficFigures found={found} />
            {found.n_texts > 0 && <Captured n={found.n_texts} />}
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

const Captured = ({ n }: { n: number }) => (
  <p className={styles.quiet}>
    The texts of {plural(n, 'request')} are kept, prompts and answers, because <code>PROXY_CAPTURE</code> says
    so.
  </p>
)

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
