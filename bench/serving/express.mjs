import { events, pieces, plain } from './answers.ts'

// The baseline in Express, as one writes it: `node express.mjs PORT MODULE`, the module being where Express was fetched to.
const [port, module] = process.argv.slice(2)
const { default: express } = await import(module)

const send = async (response, parts) => {
  for await (const part of parts) response.write(part)
  response.end()
}

express()
  .get('/micro/plain', (request, response) => {
    response.type('text/plain').send(plain(request.query))
  })
  .get('/micro/chunked', (request, response) =>
    send(response.type('application/octet-stream'), pieces(request.query)),
  )
  .post('/v1/chat/completions', express.json(), (request, response) =>
    send(response.type('text/event-stream').set('cache-control', 'no-cache'), events(request.body)),
  )
  .listen(Number(port), '127.0.0.1').keepAliveTimeout = 65_000
