import { expect, test } from 'vitest'
import { openConnectLead } from '../../../src/run/connect-lead.ts'

test.each([
  { name: 'nothing is known', took: [], ms: 250 },
  { name: 'sockets open at once', took: [1, 0, 2], ms: 250 },
  { name: 'none opened', took: [null, null], ms: 250 },
  { name: 'they take long', took: Array<number>(50).fill(200), ms: 400 },
  { name: 'they take very long', took: [3000], ms: 900 },
  { name: 'one in a hundred takes long', took: [...Array<number>(99).fill(150), 800], ms: 313 },
  { name: 'they took long a hundred sockets ago', took: [500, ...Array<number>(100).fill(140)], ms: 280 },
])('if $name, a socket is opened $ms ms ahead', ({ took, ms }) => {
  const lead = openConnectLead()
  for (const each of took) lead.took(each)
  expect(lead.ms()).toBeCloseTo(ms, 0)
})
