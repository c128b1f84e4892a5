import { defineConfig } from 'vitest/config'

const project = (name: string, more: object = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...more },
})

export default defineConfig({
  test: {
    globals: false,
    maxWorkers: 2,
    reporters: ['default', './test/support/reporter.ts'],
    projects: [
      project('unit', { isolate: false, include: ['test/unit/**/*.test.ts', 'test/*.test.ts'] }),
      project('http', { isolate: false }),
      project('db', { globalSetup: ['./test/support/setup.ts'], testTimeout: 30_000, hookTimeout: 60_000 }),
      project('e2e', { testTimeout: 120_000, hookTimeout: 120_000 }),
    ],
  },
})
