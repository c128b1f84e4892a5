import { readFileSync } from 'node:fs'
import { apiDocument } from '../src/api-document.ts'
import { withSettings } from '../src/config/page.ts'
import { jsonSchema } from '../src/config/document.ts'
import { dumpCommand } from '../src/cli/dump.ts'
import { main } from '../src/main.ts'
import { kinds } from '../src/http/problem-details.ts'
import { ruleTables } from '../src/probe/rules.ts'
import { providers } from '../src/registry/providers.ts'
import { alertsPage } from '../src/alerts/page.ts'
import { withMetricsTable, withProxyMetricsTable } from '../src/report/monitoring-docs.ts'
import { withEndpoints } from '../src/report/api-page.ts'
import { metricsPage } from '../src/report/metrics-page.ts'
import { withKeyLines, withProviderTable } from '../src/report/provider-docs.ts'

await main(
  dumpCommand({
    name: 'dump-docs',
    source: 'the code',
    files: {
      'docs/metrics.md': () => metricsPage(ruleTables),
      'docs/alerts.md': () => alertsPage(JSON.parse(readFileSync('bench/alarms/measured.json', 'utf8'))),
      'docs/monitoring.md': withMetricsTable,
      'docs/proxy-metrics.md': withProxyMetricsTable,
      'docs/api.md': (page) => withEndpoints(page, apiDocument(), kinds),
      'docs/configuration.md': (page) => withProviderTable(page, providers),
      'docs/config-file.md': withSettings,
      'docs/firsttoken.schema.json': jsonSchema,
      '.env.example': (page) => withKeyLines(page, providers),
    },
  }),
)
