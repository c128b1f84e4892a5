import { Choice } from '../../ui/field.tsx'
import { metricNames } from './curve.ts'
import { metrics } from './search.ts'
import { useChange, useLabSearch } from './use-search.ts'

/** What is shown of the levels, in the curve and in the table. */
export function Show({
  isOpen,
  isCurve = false,
}: {
  isOpen: boolean
  /** Whether it has a throughput. */
  isCurve?: boolean
}) {
  const { by, per, from } = useLabSearch()
  const change = useChange()
  return (
    <>
      <Choice
        label="Metric"
        isBare
        value={by ?? 'ttft'}
        onChange={({ target: { value } }) =>
          change({ by: metrics.find((each) => each === value && each !== 'ttft') as typeof by })
        }
      >
        {metrics.map((metric) => (
          <option key={metric} value={metric}>
            {metricNames[metric]}
          </option>
        ))}
      </Choice>
      {isCurve && (
        <Choice
          label="Throughput"
          isBare
          value={per ?? 'requests'}
          onChange={({ target: { value } }) => change({ per: value === 'tokens' ? value : undefined })}
        >
          <option value="requests">by answers per second</option>
          <option value="tokens">by tokens per second</option>
        </Choice>
      )}
      {isOpen && (
        <Choice
          label="Counted from"
          isBare
          value={from ?? 'due'}
          onChange={({ target: { value } }) => change({ from: value === 'sent' ? value : undefined })}
        >
          <option value="due">from when it was due</option>
          <option value="sent">from when it was sent</option>
        </Choice>
      )}
    </>
  )
}
