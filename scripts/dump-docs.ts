import { readFileSync, writeFileSync } from 'node:fs'
import { providers } from '../src/registry/providers.ts'
import { metricsPage } from '../src/report/metrics-page.ts'
import { withKeyLines, withProviderTable } from '../src/report/provider-docs.ts'

// Writes into the documents what the code knows; with --check it only compares, and fails if they differ.
const pages: Readonly<Record<string, (page: string) => string>> = {
  'docs/metrics.md': metricsPage,
  'docs/configuration.md': (page) => withProviderTable(page, providers),
  '.env.example': (page) => withKeyLines(page, providers),
}

for (const [path, update] of Object.entries(pages)) {
  const page = readFileSync(path, 'utf8')
  const updated = update(page)
  if (!process.argv.includes('--check')) writeFileSync(path, updated)
  else if (page !== updated) {
    process.stderr.write(`${path} is not what the code says: run pnpm tsx scripts/dump-docs.ts\n`)
    process.exitCode = 1
  }
}
