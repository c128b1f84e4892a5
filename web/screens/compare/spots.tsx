import { count, duration, range, tokenRate, usd } from '../../format/numbers.ts'
import { Metric } from '../../ui/metric.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import type { Speed } from './search.ts'
import type { Spot } from './view.ts'

const heads = { tps: 'Speed', ttft: 'TTFT', latency: 'Latency' } as const

/** The chart as a table, cheapest first. */
export function Spots({
  spots,
  frontier,
  speed,
}: {
  spots: readonly Spot[]
  frontier: readonly Spot[]
  speed: Speed
}) {
  return (
    <Table<Spot>
      caption="Speed and price of every ranked target, cheapest first"
      columns={columnsOf(frontier, speed)}
      groups={[{ name: null, rows: spots.toSorted((a, b) => a.cost.value - b.cost.value) }]}
      keyOf={({ id }) => id}
      isCards
    />
  )
}

const columnsOf = (frontier: readonly Spot[], speed: Speed): readonly Column<Spot>[] => {
  const write = speed === 'tps' ? tokenRate : duration
  return [
    { id: 'name', head: 'Target', cell: ({ name }) => name },
    {
      id: 'best',
      head: 'Frontier',
      width: 96,
      cell: (spot) => (frontier.includes(spot) ? 'on it' : ''),
    },
    {
      id: 'cost',
      head: 'Per 1,000 answers',
      width: 160,
      isNumber: true,
      cell: ({ cost: { value, low, high } }) => (
        <Metric parts={{ value: usd(value), unit: '' }} ground={`${usd(low)}–${usd(high)}`} />
      ),
    },
    {
      id: 'speed',
      head: heads[speed],
      width: 160,
      isNumber: true,
      cell: ({ speed: { value, low, high }, n }) => (
        <Metric parts={{ value: write(value), unit: '' }} ground={`${range(low, high)} · n ${count(n)}`} />
      ),
    },
  ]
}
