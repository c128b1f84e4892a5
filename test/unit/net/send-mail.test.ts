import { expect, test } from 'vitest'
import { smtpOptions } from '../../../src/net/send-mail.ts'

const optionsOf = (url: string) => smtpOptions(new URL(url))

test('a password goes over TLS alone, but to this machine or network', () => {
  const far = optionsOf('smtp://user:p%40ss@mail.example.com')
  expect(far).toEqual({
    host: 'mail.example.com',
    port: 587,
    secure: false,
    requireTLS: true,
    auth: { user: 'user', pass: 'p@ss' },
  })
  expect(optionsOf('smtp://user:pass@10.0.0.5:25')).toMatchObject({ port: 25, requireTLS: false })
  expect(optionsOf('smtp://user:pass@[::1]:25')).toMatchObject({ host: '::1', requireTLS: false })
})

test('without a password TLS is used if the server offers it; smtps begins with it', () => {
  expect(optionsOf('smtp://mail.example.com')).toEqual({
    host: 'mail.example.com',
    port: 587,
    secure: false,
    requireTLS: false,
  })
  expect(optionsOf('smtps://user:100%@mail.example.com')).toEqual({
    host: 'mail.example.com',
    port: 465,
    secure: true,
    requireTLS: false,
    auth: { user: 'user', pass: '100%' },
  })
})
