import { dumpCommand } from '../src/cli/dump.ts'
import { main } from '../src/main.ts'
import { metricsPage } from '../src/report/metrics-page.ts'

await main(
  dumpCommand({ name: 'dump-docs', path: 'docs/metrics.md', source: 'the code', textOf: metricsPage }),
)
