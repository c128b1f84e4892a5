import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A running SMTP server on loopback, without TLS. */
export interface SmtpReceiver {
  /** `127.0.0.1:port`. */
  host: string
  /** Replies by the verb that they answer, in place of the usual ones; an empty one says nothing. */
  replies: Record<string, string>
  /** What clients said, line by line, without what follows DATA. */
  lines: string[]
  /** Each email as it was received. */
  emails: string[]
  close: () => Promise<void>
}

const usual: Readonly<Record<string, string>> = {
  EHLO: '250-receiver.example\r\n250 AUTH PLAIN LOGIN',
  AUTH: '235 2.7.0 welcome',
  DATA: '354 go ahead',
  QUIT: '221 bye',
}

function speak(socket: Socket, { replies, lines, emails }: SmtpReceiver): void {
  let inData = false
  let rest = ''
  const reply = (verb: string) => {
    const text = replies[verb] ?? usual[verb] ?? '250 ok'
    if (text !== '') socket.write(`${text}\r\n`)
  }
  const hear = (line: string) => {
    if (!inData) {
      lines.push(line)
      const verb = line.split(' ')[0]?.toUpperCase() ?? ''
      inData = verb === 'DATA' && replies['DATA'] === undefined
      if (inData) emails.push('')
      reply(verb)
    } else if (line === '.') {
      inData = false
      reply('.')
    } else emails.push(`${emails.pop()}${line.replace(/^\.\./, '.')}\n`)
  }
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes) => {
    const parts = (rest + bytes.toString('utf8')).split('\r\n')
    rest = parts.pop() ?? ''
    for (const line of parts) hear(line)
  })
  socket.write(replies['hello'] === '' ? '' : '220 receiver.example ESMTP\r\n')
}

/** Receives email on loopback. */
export async function startSmtpReceiver(): Promise<SmtpReceiver> {
  const sockets = new Set<Socket>()
  const receiver: SmtpReceiver = {
    host: '',
    replies: {},
    lines: [],
    emails: [],
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    speak(socket, receiver)
  })
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  receiver.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return receiver
}
