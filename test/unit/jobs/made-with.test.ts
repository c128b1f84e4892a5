import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { madeWith } from '../../../src/jobs/made-with.ts'

test('a command is kept as a shell takes it, without any key', () => {
  const words = ['sweep.ts', '--prompt', "it's <two> $HOME", '--rate=0.5,2', '']
  const { command } = madeWith(words, [])
  const echoed = execFileSync('sh', ['-c', `printf '%s\\n' ${command ?? ''}`], { encoding: 'utf8' })
  expect(echoed.split('\n').slice(0, -1)).toEqual(words)
  for (const secret of ['a-secret-of-somebody-1234567890', `it's "a secret" of $somebody`])
    expect(madeWith(['sweep.ts', '--prompt', `say ${secret}`], [null, secret]).command).toBe(
      "sweep.ts --prompt 'say [key]'",
    )
  expect(madeWith(null, [null])).toMatchObject({ command: null, node: process.version })
})
