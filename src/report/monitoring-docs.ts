import { fleetDefinitions } from './fleet-families.ts'
import { familyDefinitions } from './metric-families.ts'
import type { FamilyDefinition, HistogramDefinition } from './metric-family.ts'
import { sampleName } from './prometheus.ts'
import { proxyDefinitions } from './proxy-families.ts'
import { withParagraph } from './with-paragraph.ts'

type AnyDefinition = FamilyDefinition | HistogramDefinition

const row = (definition: AnyDefinition, labels: readonly string[]): string => {
  const cells = [
    `\`${sampleName(definition)}\``,
    definition.type,
    labels.map((label) => `\`${label}\``).join(', '),
    definition.help,
  ]
  return `| ${cells.join(' | ')} |`
}

/** A table of metrics, of which some have labels in common. */
const table = (...parts: readonly (readonly [common: readonly string[], readonly AnyDefinition[]])[]) =>
  [
    '| metric | type | labels | meaning |',
    '| --- | --- | --- | --- |',
    ...parts.flatMap(([common, definitions]) =>
      definitions.map((definition) => row(definition, [...common, ...definition.labels])),
    ),
  ] as [string, ...string[]]

/** docs/monitoring.md with the table of the metrics in the code. */
export const withMetricsTable = (page: string): string =>
  withParagraph(
    page,
    table(
      [[], familyDefinitions.installation],
      [['target'], familyDefinitions.target],
      [['region'], fleetDefinitions.region],
      [['provider', 'region'], fleetDefinitions.lanes],
    ),
  )

/** docs/proxy-metrics.md with the table of the metrics of the proxy. */
export const withProxyMetricsTable = (page: string): string => {
  const { provider, proxy, chat } = proxyDefinitions
  return withParagraph(
    page,
    table([['provider', 'model'], provider], [[], proxy], [['runtime', 'model'], chat]),
  )
}
