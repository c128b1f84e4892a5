import { defineConfig } from 'vitest/config'

const project = (name: string, more: object = {}) => ({
  extends: true as const,
  test: { name, include: filesOf(name), ...more },
})

const filesOf = (name: string): string[] => [`test/${name}/**/*.test.ts`]

/** What is waited for may take long on a busy machine. */
const polling = (timeout: number) => ({ poll: { timeout } })

export default defineConfig({
  test: {
    globals: false,
    // One more than two cores: much of a test is waiting for processes, timers and a browser.
    maxWorkers: 3,
    reporters: ['default', './test/support/reporter.ts'],
    expect: polling(15_000),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      project('unit', {
        include: [...filesOf('unit'), 'test/*.test.ts'],
        setupFiles: ['./test/support/properties.ts'],
        isolate: false,
      }),
      project('http', { isolate: false }),
      project('db', {
        globalSetup: ['./test/support/setup.ts', './test/support/embedded-setup.ts'],
        setupFiles: ['./test/support/properties.ts'],
        isolate: false,
        expect: polling(40_000),
      }),
      project('web', {
        isolate: false,
        globalSetup: ['./test/support/web-setup.ts', './test/support/embedded-setup.ts'],
        // A browser shares its cores with everything else that is tested.
        retry: 1,
        expect: polling(40_000),
        testTimeout: 120_000,
        hookTimeout: 120_000,
      }),
      project('e2e', {
        isolate: false,
        globalSetup: ['./test/support/embedded-setup.ts'],
        expect: polling(40_000),
        testTimeout: 120_000,
        hookTimeout: 120_000,
      }),
    ],
  },
})
