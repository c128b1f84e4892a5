import { Readable } from 'node:stream'
import { events, pieces, plain } from './answers.ts'

// The baseline in Fastify, as one writes it: `node fastify.mjs PORT MODULE`, the module being where Fastify was fetched to.
const [port, module] = process.argv.slice(2)
const { default: Fastify } = await import(module)

const fastify = Fastify({ keepAliveTimeout: 65_000 })
fastify.get('/micro/plain', (request, reply) => reply.type('text/plain').send(plain(request.query)))
fastify.get('/micro/chunked', ({ query }, reply) =>
  reply.type('application/octet-stream').send(Readable.from(pieces(query))),
)
fastify.post('/v1/chat/completions', ({ body }, reply) =>
  reply
    .type('text/event-stream')
    .header('cache-control', 'no-cache')
    .send(Readable.from(events(body))),
)
await fastify.listen({ port: Number(port), host: '127.0.0.1' })
