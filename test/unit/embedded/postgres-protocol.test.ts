import { expect, test } from 'vitest'
import {
  errorMessage,
  MessageReader,
  ProtocolError,
  queryMessage,
  startupMessage,
  syncMessage,
} from '../../../src/embedded/postgres-protocol.ts'

const encryptionRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
const cancelRequest = Buffer.from([0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e, 0, 0, 0, 1, 0, 0, 0, 2])
const conversation = Buffer.concat([
  encryptionRequest,
  startupMessage(),
  queryMessage('select 1'),
  syncMessage(),
])
const types = ['encryption', 'startup', 'Q', 'S']

test('messages are found however the bytes were split', () => {
  for (let size = 1; size <= conversation.length; size += 1) {
    const reader = new MessageReader()
    const messages = []
    for (let at = 0; at < conversation.length; at += size) {
      messages.push(...reader.read(conversation.subarray(at, at + size)))
    }
    expect(messages.map(({ type }) => type)).toEqual(types)
    expect(Buffer.concat(messages.map(({ bytes }) => bytes))).toEqual(conversation)
  }
})

test('a request to cancel is known by its code', () => {
  expect(new MessageReader().read(cancelRequest).map(({ type }) => type)).toEqual(['cancel'])
})

test.each([
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['version 2 of the protocol', Buffer.from([0, 0, 0, 8, 0, 2, 0, 0])],
  ['a length of 0', Buffer.from([0, 0, 0, 0, 0, 3, 0, 0])],
])('%s is not the protocol', (_, bytes) => {
  expect(() => new MessageReader().read(bytes)).toThrow(ProtocolError)
})

test('a length below that of the length itself is not the protocol', () => {
  const reader = new MessageReader()
  reader.read(startupMessage())
  expect(() => reader.read(Buffer.from([0x51, 0, 0, 0, 3]))).toThrow(ProtocolError)
})

test('an error has severity, code and text, each ended by a zero', () => {
  const bytes = errorMessage('57P01', 'ended')
  expect(bytes.readInt32BE(1)).toBe(bytes.length - 1)
  expect(bytes.subarray(5).toString().split('\0')).toEqual(['SFATAL', 'VFATAL', 'C57P01', 'Mended', '', ''])
})
