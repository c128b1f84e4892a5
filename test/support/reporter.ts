import type { Reporter, TestModule } from 'vitest/node'

/** Ends the run with one machine-readable line: `12 passed, 0 failed`. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1
      count.failed += module.state() === 'failed' && module.errors().length > 0 ? 1 : 0
    }
    const skipped = count.skipped ? `, ${count.skipped} skipped` : ''
    process.once('exit', () =>
      process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`),
    )
  }
}
