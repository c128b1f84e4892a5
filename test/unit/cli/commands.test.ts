import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import type { Command } from '../../../src/cli/command.ts'
import { execute } from '../../support/output.ts'

const { main } = vi.hoisted(() => ({ main: vi.fn<(command: Command) => Promise<void>>() }))
vi.mock('../../../src/main.ts', () => ({
  main,
  start: async (load: () => Promise<Command>) => main(await load()),
}))

const noCommand: Command = {
  name: 'nothing is handed to main',
  help: '',
  flags: [],
  leaveMs: null,
  execute: () => Promise.reject(new Error('no command')),
}

/** What every script hands to `main`, by its file. */
const handed: [string, Command | undefined][] = []
for (const file of readdirSync('scripts')) {
  main.mockClear()
  await import(pathToFileURL(resolve('scripts', file)).href)
  handed.push([file, main.mock.lastCall?.[0]])
}

describe.each(handed)('scripts/%s', (file, given) => {
  const command = given ?? noCommand

  test('hands its command to main, and the help has every flag', () => {
    const { name, help, flags } = command
    expect(`${name}.ts`).toBe(file)
    expect(help).toMatch(new RegExp(`^[A-Z][^]*\\.\\n\\nUsage: pnpm tsx scripts/${name}\\.ts`))
    expect([...flags, 'help'].filter((flag) => !new RegExp(`--${flag}(?![\\w-])`).test(help))).toEqual([])
  })

  test('shows its help and opens nothing', async () => {
    const shown = { code: 0, stdout: command.help, stderr: '' }
    expect(await execute(command, ['--help'])).toEqual(shown)
    expect(await execute(command, ['-h'])).toEqual(shown)
  })

  test('rejects an unknown flag', async () => {
    const problem = "Unknown option '--frobnicate'; --help lists the options"
    expect(await execute(command, ['--frobnicate'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `firsttoken: ${problem}\n`,
    })
    if (!command.flags.includes('json')) return
    const { stdout } = await execute(command, ['--json', '--frobnicate'])
    expect(JSON.parse(stdout)).toEqual({ error: problem })
  })
})
