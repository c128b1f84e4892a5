import { expect, test } from 'vitest'
import { readEnvFile } from '../../src/env-file.ts'

const text = 'OPENAI_API_KEY=sk-test-abcdef1234567890abcd\r\nLOG_LEVEL=warn\r\n'
const values = { OPENAI_API_KEY: 'sk-test-abcdef1234567890abcd', LOG_LEVEL: 'warn' }
const big = (written: string) => Buffer.from(written, 'utf16le').swap16()

test.each([
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
  ['UTF-16 LE with a mark, as PowerShell 5 writes it', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16 LE', Buffer.from(text, 'utf16le')],
  ['UTF-16 BE with a mark', big(`\uFEFF${text}`)],
  ['UTF-16 BE', big(text)],
  ['CR alone', Buffer.from(text.replaceAll('\r\n', '\r'))],
  ['a mark in the middle', Buffer.from(text.replace('LOG', '\uFEFFLOG'))],
  ['colons', Buffer.from(text.replaceAll('=', ': '))],
  ['blanks', Buffer.from(text.replaceAll('=', ' = '))],
  ['a comment in another encoding', Buffer.concat([Buffer.from([0x23, 0xe9, 0x0a]), Buffer.from(text)])],
])('a file in %s is read', (_, bytes) => {
  expect(readEnvFile(bytes)).toEqual({ values })
})

test.each([
  ['A="one\nKEY: not one\ntwo"\nB=2', { A: 'one\nKEY: not one\ntwo', B: '2' }],
  ["export A='x'  # a comment\n\n  # another\nB=", { A: 'x', B: '' }],
  ['A="never closed\nB=2', { A: '"never closed', B: '2' }],
  ['URL=https://x.example/a?b=c:d\nB=a: b', { URL: 'https://x.example/a?b=c:d', B: 'a: b' }],
  ['A: "x: y" # z', { A: 'x: y' }],
  ['A="x";\nB=\'{"a": 1}\',', { A: 'x', B: '{"a": 1}' }],
  ['', {}],
])('%j is read as it was meant', (written, expected) => {
  expect(readEnvFile(Buffer.from(written))).toEqual({ values: expected })
})

const secret = 'sk-nobody-may-see-this'
test.each([
  [`A=1\n${secret}\n`, 'says nothing in line 2'],
  [`A=1\r\rOPENAI_API_KEY ${secret}`, 'says nothing in line 3'],
  [`set OPENAI_API_KEY=${secret}`, 'says nothing in line 1'],
  [`$env:OPENAI_API_KEY="${secret}"`, 'says nothing in line 1'],
  [`{"OPENAI_API_KEY": "${secret}"}`, 'says nothing in line 1'],
  [`A="${secret}\nB="2"`, 'more behind the quote that ends line 2'],
  [`A='x'${secret}`, 'more behind the quote that ends line 1'],
  [`A="{"key": "${secret}"}"`, 'more behind the quote that ends line 1'],
])('%j is refused, by its line', (written, problem) => {
  const read = readEnvFile(Buffer.from(written))
  expect(read).toEqual({ problem: expect.stringContaining(problem) as string })
  expect(JSON.stringify(read)).not.toContain(secret)
})

test.each([
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0])],
  ['a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 0, 1, 2, 3, 4])],
])('%s is refused as no text', (_, bytes) => {
  expect(readEnvFile(bytes)).toEqual({ problem: expect.stringContaining('not a text file') as string })
})

test('a value in another encoding is refused by its name', () => {
  const bytes = Buffer.from('A=1\nLLM_NAME=caf\u00e9\n', 'latin1')
  expect(readEnvFile(bytes)).toEqual({ problem: expect.stringContaining('holds LLM_NAME in an') as string })
})
