import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ChatCall {
  readonly system: string
  readonly user: string
  readonly responseFormat: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly at: number
}

/** What the server does with one request. */
export type Behaviour = (response: ServerResponse, call: ChatCall) => void

/** A real HTTP server that speaks the streaming part of OpenAI's protocol; behaviours are used up one request each. */
export async function startChatServer(usual: Behaviour) {
  const calls: ChatCall[] = []
  const next: Behaviour[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      const { messages, response_format } = JSON.parse(body) as {
        messages: { content: string }[]
        response_format?: { type: string }
      }
      const call: ChatCall = {
        system: messages[0]!.content,
        user: messages[1]!.content,
        responseFormat: response_format?.type,
        headers: request.headers,
        at: performance.now(),
      }
      calls.push(call)
      ;(next.shift() ?? usual)(response, call)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    calls,
    /** The next requests meet these, one each. */
    behave: (...behaviours: Behaviour[]) => void next.push(...behaviours),
    /** Forgets behaviours that were not used up. */
    behaveAsUsual: () => void next.splice(0),
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** Streams a text in small pieces, with token counts at the end. */
export function says(text: string): Behaviour {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let at = 0; at < Math.max(1, text.length); at += 40) response.write(chunk(text.slice(at, at + 40)))
    response.write(
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [], usage: { prompt_tokens: 100, completion_tokens: 20 } })}\n\n`,
    )
    response.end('data: [DONE]\n\n')
  }
}

/** Begins to answer and then says nothing more. */
export const stalls: Behaviour = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(chunk('{"ta'))
}

/** Ends the connection in the middle of the answer. */
export const breaksOff: Behaviour = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(chunk('{"ta'), () => response.destroy())
}

export function fails(status: number, message: string, headers: Record<string, string> = {}): Behaviour {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ error: { message } }))
  }
}

function chunk(content: string): string {
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content } }] })}\n\n`
}
