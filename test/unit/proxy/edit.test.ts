import { expect, test } from 'vitest'
import * as fc from 'fast-check'
import { readAsked } from '../../../src/proxy/asked.ts'
import { edited } from '../../../src/proxy/edit.ts'

/** The body as it goes upstream, and whether usage was asked for. */
function edit(text: string, model?: string, wantsUsage = true) {
  const body = Buffer.from(text)
  const asked = readAsked(body)
  const done = edited(body, asked, { model: model ?? asked.model ?? 'tiny', wantsUsage })
  return { body: done.body.toString(), injected: done.injected }
}

test('usage is asked for in the text of the body, which otherwise stays as it was', () => {
  const odd = '{ "model":"m", "stream" : true,\n "seed":1e400, "x":1.0, "x":2, "é":"\\u00e9" }'
  expect(edit(odd)).toEqual({
    body: `{"stream_options":{"include_usage":true},${odd.slice(1)}`,
    injected: true,
  })
})

test('usage is asked for inside stream_options that do not speak of it, and instead of null', () => {
  expect(edit('{"model":"m","stream":true,"stream_options":{"include_obfuscation":false}}').body).toBe(
    '{"model":"m","stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}',
  )
  expect(edit('{"model":"m","stream":true,"stream_options": { } }').body).toBe(
    '{"model":"m","stream":true,"stream_options": {"include_usage":true } }',
  )
  expect(edit('{"model":"m","stream_options":null,"stream":true}').body).toBe(
    '{"model":"m","stream_options":{"include_usage":true},"stream":true}',
  )
})

test.each([
  ['no stream', '{"model":"m"}'],
  ['a stream that is not literally true', '{"model":"m","stream":1}'],
  ['usage that the client wants', '{"model":"m","stream":true,"stream_options":{"include_usage":true}}'],
  ['usage that it does not want', '{"model":"m","stream":true,"stream_options":{"include_usage":false}}'],
  ['stream_options that are none', '{"model":"m","stream":true,"stream_options":[1]}'],
  ['no object', '[true]'],
  ['no JSON', '{"model":"m","stream":true'],
  ['nothing', ''],
])('a body with %s goes on as it is', (_, text) => {
  expect(edit(text)).toEqual({ body: text, injected: false })
})

test('a provider that refuses stream_options gets none', () => {
  const text = '{"model":"m","stream":true}'
  expect(edit(text, 'm', false)).toEqual({ body: text, injected: false })
})

test('the model is replaced where it stands, of several the last, and added if there is none', () => {
  expect(edit('{"messages":[{"model":"x","a":"}\\\\\\""}],"model" : "groq/m" ,"n":1}', 'm').body).toBe(
    '{"messages":[{"model":"x","a":"}\\\\\\""}],"model" : "m" ,"n":1}',
  )
  expect(edit('{"model":"a","model":"groq/m"}', 'm').body).toBe('{"model":"a","model":"m"}')
  expect(edit('{"messages":[]}', 'tiny').body).toBe('{"model":"tiny","messages":[]}')
  expect(edit(' { } ', 'tiny').body).toBe(' {"model":"tiny" } ')
  expect(edit('{"model":null}', 'tiny').body).toBe('{"model":"tiny"}')
})

test('whatever a body is, it means the same but for what was to be changed', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.constantFrom(undefined, 1, 4),
      fc.option(fc.constantFrom({}, { a: 1 }, { include_usage: false }, null), { nil: undefined }),
      (fields, indent, options) => {
        const wanted = {
          ...fields,
          model: 'groq/m',
          stream: true,
          ...(options !== undefined && { stream_options: options }),
        }
        const { body, injected } = edit(JSON.stringify(wanted, null, indent), 'm')
        const isAsked = options !== null && options !== undefined && 'include_usage' in options
        const expected = isAsked ? options : { include_usage: true, ...options }
        expect(injected).toBe(!isAsked)
        // JSON has no negative zero.
        const meant = JSON.stringify({ ...wanted, model: 'm', stream_options: expected })
        expect(JSON.parse(body)).toEqual(JSON.parse(meant))
      },
    ),
  )
})
