import { Link } from '@tanstack/react-router'
import meanings from 'virtual:metrics'
import { count, durationParts, rateParts, unknown, usd } from '../../format/numbers.ts'
import { spoken } from '../../format/words.ts'
import { Icon } from '../../ui/icon.tsx'
import { Metric } from '../../ui/metric.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import styles from './run.module.css'
import { type Call, endOf, sizeOf } from './call.ts'

/** Every call, the latest first while the run goes on; each opens as its timeline. */
export function Calls({
  calls,
  nameOf,
  isOver,
}: {
  calls: readonly Call[]
  nameOf: (provider: string) => string
  isOver: boolean
}) {
  if (calls.length === 0 && isOver) return null
  return (
    <section className={styles.block} aria-label="Calls">
      <h2>Calls</h2>
      {calls.length === 0 ? (
        <p className={styles.none}>Each call comes here as soon as it has ended.</p>
      ) : (
        <div className={styles.calls}>
          <Table<Call>
            caption="Calls of this run; each opens as its timeline"
            columns={columnsOf(nameOf)}
            groups={[{ name: null, rows: isOver ? calls : calls.toReversed() }]}
            keyOf={({ id }) => id}
          />
        </div>
      )}
    </section>
  )
}

const columnsOf = (nameOf: (provider: string) => string): Column<Call>[] => [
  {
    id: 'model',
    head: 'Model',
    cell: ({ id, model, provider, run, warmup, context }) => (
      <span className={styles.name}>
        <Link to="/results/$id" params={{ id }} title={`${model}: open the timeline of this call`}>
          {model}
        </Link>
        <small>
          {nameOf(provider)} · {warmup ? 'warm-up' : `run ${run}`}
          {context > 0 && ` · context ${sizeOf(context)}`}
        </small>
      </span>
    ),
  },
  {
    id: 'tps',
    head: 'Tok/s',
    meaning: meanings['tps'],
    isNumber: true,
    width: 88,
    cell: ({ tps, success }) => (
      <Metric parts={{ ...rateParts(tps), unit: '' }} why={success ? 'too few tokens to say' : 'it failed'} />
    ),
  },
  {
    id: 'ttft',
    head: 'TTFT',
    meaning: meanings['ttft_ms'],
    isNumber: true,
    width: 96,
    cell: ({ ttftMs }) => <Metric parts={durationParts(ttftMs)} />,
  },
  {
    id: 'latency',
    head: 'Duration',
    meaning: meanings['total_latency_ms'],
    isNumber: true,
    width: 96,
    cell: ({ latencyMs }) => <Metric parts={durationParts(latencyMs)} />,
  },
  {
    id: 'tokens',
    head: 'Tokens out',
    isNumber: true,
    width: 104,
    from: 900,
    cell: ({ outputTokens }) => (outputTokens === null ? unknown : count(outputTokens)),
  },
  { id: 'cost', head: 'Cost', isNumber: true, width: 104, from: 900, cell: ({ costUsd }) => usd(costUsd) },
  { id: 'status', head: 'Status', width: 360, cell: (call) => <Status call={call} /> },
]

function Status({ call }: { call: Call }) {
  const { success, errorKind, message } = call
  return (
    <span className={styles.status} title={message ?? undefined}>
      <span className={success ? styles.good : styles.bad}>
        <Icon name={success ? 'up' : 'down'} /> {endOf(call)}
      </span>
      {errorKind !== null && <small>{message ?? spoken(errorKind)}</small>}
    </span>
  )
}
