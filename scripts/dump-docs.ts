import { readFileSync, writeFileSync } from 'node:fs'
import { metricsPage } from '../src/report/metrics-page.ts'

// Writes docs/metrics.md from the code; with --check it only compares and fails when they differ.
const path = 'docs/metrics.md'
const page = metricsPage()
if (!process.argv.includes('--check')) writeFileSync(path, page)
else if (readFileSync(path, 'utf8') !== page) {
  process.stderr.write(`${path} is not what the code says: run pnpm tsx scripts/dump-docs.ts\n`)
  process.exitCode = 1
}
