import { useQuery } from '@tanstack/react-query'
import { costsQuery } from '../../api/queries.ts'
import { count, percent, usd } from '../../format/numbers.ts'
import { Metric } from '../../ui/metric.tsx'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { groupsByKind } from './kinds.ts'
import { Payee } from './payee.tsx'
import styles from './spend.module.css'
import type { CostRow } from './view.ts'

/** Spending by provider or by model, dearest first. */
export function Costs({ by, since, synthetic }: Shown) {
  const read = useQuery(costsQuery(by, since, synthetic))
  return (
    <Panel read={read} height={300} isEmpty={({ rows }) => rows.length === 0} empty={<Nothing />}>
      {({ rows }) => (
        <Table<CostRow>
          caption="Spending, dearest first"
          columns={columnsOf(rows, by === 'provider,model')}
          groups={groupsByKind(rows, (of) => usd(totalOf(of)))}
          keyOf={({ provider, model, synthetic: is }) => `${provider}/${model} ${is}`}
          isCards
        />
      )}
    </Panel>
  )
}

interface Shown {
  by: 'provider' | 'provider,model'
  since: string
  synthetic: boolean | undefined
}

const Nothing = () => <p className={styles.nothing}>What providers and models cost will be listed here.</p>

const totalOf = (rows: readonly CostRow[]): number =>
  rows.reduce((total, { cost_usd: cost }) => total + cost, 0)

/** Of rows in their groups: a share is of what its kind cost. */
const columnsOf = (rows: readonly CostRow[], hasModels: boolean): Column<CostRow>[] => [
  {
    id: 'name',
    head: hasModels ? 'Model' : 'Provider',
    cell: ({ provider, model }) => <Payee provider={provider} model={model} />,
  },
  {
    id: 'cost',
    head: 'Spent',
    meaning: 'What was charged if the provider says, else what the price comes to',
    isNumber: true,
    width: 128,
    cell: ({ cost_usd: cost }) => usd(cost),
  },
  {
    id: 'share',
    head: 'Share',
    isNumber: true,
    width: 96,
    cell: ({ cost_usd: cost, synthetic }) =>
      percent(cost, totalOf(rows.filter((row) => row.synthetic === synthetic))),
  },
  {
    id: 'calls',
    head: 'Calls',
    isNumber: true,
    width: 152,
    cell: ({ n_calls: n, n_cost_unknown: unknown }) => (
      <Metric
        parts={{ value: count(n), unit: '' }}
        ground={unknown === 0 ? undefined : `${count(unknown)} of unknown cost`}
      />
    ),
  },
  {
    id: 'each',
    head: '1,000 answers',
    meaning: 'What a thousand answers cost, failures that were charged included',
    isNumber: true,
    width: 136,
    cell: ({ cost_usd: cost, n_answers: n }) => usd(n === 0 ? null : (cost / n) * 1000),
  },
  {
    id: 'input',
    head: 'Tokens in',
    isNumber: true,
    width: 120,
    from: 900,
    cell: ({ input_tokens: n }) => count(n),
  },
  {
    id: 'output',
    head: 'Tokens out',
    isNumber: true,
    width: 176,
    from: 900,
    cell: ({ output_tokens: n, reasoning_tokens: thought }) => (
      <Metric
        parts={{ value: count(n), unit: '' }}
        ground={thought === 0 ? undefined : `${count(thought)} of reasoning`}
      />
    ),
  },
]
