import { expect, test } from 'vitest'
import { fromDriver, kindOfCode, toStoreError } from '../../../src/store/sql-errors.ts'

test.each([
  ['40001', 'unavailable'],
  ['40P01', 'unavailable'],
  ['57P01', 'unavailable'],
  ['57014', 'timeout'],
  ['08006', 'unavailable'],
  ['53300', 'unavailable'],
  ['23505', 'conflict'],
  ['23503', 'conflict'],
  ['23502', 'invalid'],
  ['22P02', 'invalid'],
  ['42501', 'denied'],
  ['28P01', 'denied'],
  ['42883', 'missing'],
  ['42P01', 'missing'],
  ['PGRST202', 'missing'],
  ['PGRST301', 'denied'],
  ['PGRST003', 'timeout'],
  ['PGRST002', 'unavailable'],
  ['ECONNREFUSED', 'unavailable'],
  ['ENOTDIR', 'denied'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'denied'],
  ['42601', null],
  ['', null],
])('code %s means %s', (code, kind) => {
  expect(kindOfCode(code)).toBe(kind)
})

test('only an error that a migration can repair says so', () => {
  expect(toStoreError('start_run', { code: '42883', message: 'no function' }).message).toContain(
    'scripts/migrate.ts',
  )
  expect(toStoreError('start_run', { code: 'P0002', message: 'there is no run' }).message).toBe(
    'start_run: there is no run.',
  )
  expect(toStoreError('Postgres', { code: '3D000', message: 'no database' }).message).not.toContain('migrate')
})

test('if every address of a host refuses, the first error is reported', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { code: 'ECONNREFUSED' })
  expect(fromDriver('Postgres', new AggregateError([refused, refused]))).toMatchObject({
    kind: 'unavailable',
    code: 'ECONNREFUSED',
    message: 'Postgres: connect ECONNREFUSED ::1:5432.',
  })
})

test('a driver error without a code is classified by its message', () => {
  expect(fromDriver('x', new Error('Query read timeout')).kind).toBe('timeout')
  expect(fromDriver('x', new Error('Connection terminated unexpectedly')).kind).toBe('unavailable')
  expect(fromDriver('x', new Error('something else')).kind).toBe('bug')
})
