import { expect, test } from 'vitest'
import { Writable } from 'node:stream'
import { columnsOf, tolerateLostOutput } from '../../../src/cli/streams.ts'

test('a terminal without a size is taken as 80 columns wide', () => {
  expect([0, 40].map((columns) => columnsOf({ columns }))).toEqual([80, 40])
})

test('as many threads as may measure are no leak of listeners', () => {
  const [stdout, stderr] = [new Writable(), new Writable()] as unknown as [
    NodeJS.WriteStream,
    NodeJS.WriteStream,
  ]
  tolerateLostOutput({ stdout, stderr })
  expect([stdout, stderr].map((stream) => stream.getMaxListeners())).toEqual([0, 0])
})
