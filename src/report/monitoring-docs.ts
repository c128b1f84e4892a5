import { familyDefinitions } from './metric-families.ts'
import type { FamilyDefinition } from './metric-family.ts'
import { sampleName } from './prometheus.ts'
import { withParagraph } from './with-paragraph.ts'

const row = (definition: FamilyDefinition, labels: readonly string[]): string => {
  const cells = [
    `\`${sampleName(definition)}\``,
    definition.type,
    labels.map((label) => `\`${label}\``).join(', '),
    definition.help,
  ]
  return `| ${cells.join(' | ')} |`
}

/** docs/monitoring.md with the table of the metrics in the code. */
export const withMetricsTable = (page: string): string =>
  withParagraph(page, [
    '| metric | type | labels | meaning |',
    '| --- | --- | --- | --- |',
    ...familyDefinitions.installation.map((definition) => row(definition, definition.labels)),
    ...familyDefinitions.target.map((definition) => row(definition, ['target', ...definition.labels])),
  ])
