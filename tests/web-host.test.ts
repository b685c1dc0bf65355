import { createORPCClient } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { RPCHandler as PortHandler } from '@orpc/server/message-port'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { WorkbenchContract } from '../electron/contracts/index.ts'
import { createNodePlatform } from '../electron/host/node-platform.ts'
import { serve, type RunningServer } from '../electron/host/web/server.ts'
import { Uploads } from '../electron/host/web/uploads.ts'
import { openWorkbench, type Workbench } from '../electron/services/index.ts'
import { pageOfText, writePdf } from './support/pdf.ts'

let folder: string
let workbench: Workbench
let server: RunningServer
let port: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dmr-web-'))
  const renderer = join(folder, 'renderer')
  mkdirSync(renderer)
  writeFileSync(join(renderer, 'index.html'), '<!doctype html><title>Workbench</title>')
  writeFileSync(join(folder, 'secret.txt'), 'not for the web')
  await writePdf(
    join(folder, 'documents', 'plan.pdf'),
    ['The shelter manager opens the fairground hall.', pageOfText(3)],
    { title: 'Plan' },
  )
  workbench = openWorkbench(createNodePlatform('web', 'silent'), {
    libraryPath: join(folder, 'library.db'),
    watch: false,
  })
  const source = await workbench.library.addSource(join(folder, 'documents'), { watched: false })
  await workbench.library.queue.result(workbench.library.index({ sourceIds: [source.id] }))
  server = await serve(workbench, { host: '127.0.0.1', port: 0, renderer })
  port = Number(new URL(server.url).port)
})
afterAll(async () => {
  await server.close()
  await workbench.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
}

/** A request with exactly these headers and this raw path: `fetch` would tidy both up. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET', body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    outgoing.once('error', reject).end(body)
  })
}

const known = () => ({ Authorization: `Bearer ${server.token}` })

describe('files dropped on the window', () => {
  const drop = () => `/uploads/${crypto.randomUUID()}`
  const page = () => ({ ...known(), Origin: `http://127.0.0.1:${port}` })
  const put = async (path: string, text: string, headers: Record<string, string> = page()) => {
    const { status, body } = await ask(path, headers, 'PUT', text)
    return { status, place: status === 201 ? (JSON.parse(String(body)) as { folder: string; top: string }) : undefined }
  }

  it('lie in a folder of their drop, where services read them by path', async () => {
    const set = drop()
    const { status, place } = await put(`${set}/set%20one/train.jsonl`, 'a line')
    expect(status).toBe(201)
    expect((await put(`${set}/set%20one/dev.jsonl`, '')).place).toEqual(place)
    expect(place?.top).toBe(join(place!.folder, 'set one'))
    expect(readFileSync(join(place!.top, 'train.jsonl'), 'utf8')).toBe('a line')
    // What lies there stays as it is.
    expect((await put(`${set}/set%20one/train.jsonl`, 'other')).status).toBe(409)
    expect(readFileSync(join(place!.top, 'train.jsonl'), 'utf8')).toBe('a line')
  })

  it.each(['..%2f..%2fout.txt', 'a/..%2f..', 'a%5cb', 'a%00b', 'C%3a', 'a/b/c/d/e/f/g', '%ff', 'a//b'])(
    'cannot be stored as %s',
    async (name) => {
      expect((await put(`${drop()}/${name}`, 'x')).status).toBe(400)
    },
  )

  it('come from a page of this server only, which has the token', async () => {
    const origin = { Origin: `http://127.0.0.1:${port}` }
    expect((await put(`${drop()}/a`, 'x', origin)).status).toBe(403)
    expect((await put(`${drop()}/a`, 'x', known())).status).toBe(403)
    expect((await put(`${drop()}/a`, 'x', { ...known(), Origin: 'http://evil.example' })).status).toBe(403)
    expect((await put('/uploads/elsewhere/a', 'x')).status).toBe(405)
  })

  it('go when newer ones come, and all of them when the server ends', async () => {
    const first = (await put(`${drop()}/a`, 'x')).place!
    for (let i = 0; i < 4; i++) await put(`${drop()}/a`, 'x')
    expect(existsSync(first.top)).toBe(false)
    const renderer = join(folder, 'renderer')
    const other = await serve(workbench, { host: '127.0.0.1', port: 0, renderer })
    const { host, origin } = new URL(other.url)
    const response = await fetch(`http://${host}${drop()}/a`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${other.token}`, Origin: origin },
      body: 'x',
    })
    const { top } = (await response.json()) as { top: string }
    expect(existsSync(top)).toBe(true)
    await other.close()
    expect(existsSync(top)).toBe(false)
  })

  it('may be large, but not without end', async () => {
    const uploads = new Uploads(100)
    const small = createServer((request, response) => void uploads.receive(request, response, request.url!))
    await new Promise<void>((resolve) => small.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(small.address() as AddressInfo).port}${drop()}`
    const store = (name: string, bytes: number) =>
      fetch(`${address}/${name}`, { method: 'PUT', body: 'x'.repeat(bytes) })
    const kept = (await (await store('small', 100)).json()) as { folder: string }
    expect((await store('large', 101)).status).toBe(413)
    expect(readdirSync(kept.folder)).toEqual(['small'])
    uploads.close()
    small.close()
  })
})

describe('who may talk to serve', () => {
  it('nobody without the token; with it the address is cleaned and a cookie set', async () => {
    expect((await ask('/')).status).toBe(401)
    expect((await ask('/?token=wrong')).status).toBe(401)
    const admitted = await ask(`/?token=${server.token}`)
    expect(admitted.status).toBe(303)
    expect(admitted.headers['location']).toBe('/')
    const cookie = String(admitted.headers['set-cookie'])
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/)
    const page = await ask('/', { Cookie: cookie.split(';')[0]! })
    expect(page.body.toString()).toContain('<title>Workbench</title>')
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'/)
  })

  it('no page of another name or origin, token or not (DNS rebinding)', async () => {
    expect((await ask('/', { ...known(), Host: `evil.example:${port}` })).status).toBe(403)
    expect((await ask('/', { ...known(), Origin: 'http://evil.example' })).status).toBe(403)
    expect((await ask('/', { ...known(), Host: `localhost:${port}` })).status).toBe(200)
  })

  it('only reading, and nothing outside the window and the documents', async () => {
    expect((await ask('/', known(), 'POST')).status).toBe(405)
    for (const path of [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/files/../../secret.txt',
      '/files/1/../../secret.txt',
      '/files/x',
    ]) {
      const answer = await ask(path, known())
      expect(answer.status, path).toBeGreaterThanOrEqual(400)
      expect(answer.body.toString(), path).not.toContain('not for the web')
    }
    expect((await ask('/files/999', known())).status).toBe(404)
  })

  it('a guesser is slowed down while whoever is inside goes on', async () => {
    for (let attempt = 0; attempt < 12; attempt += 1) await ask(`/?token=guess${attempt}`)
    expect((await ask(`/?token=${server.token}`)).status).toBe(429)
    expect((await ask('/', known())).status).toBe(200)
  })
})

describe('documents by URL', () => {
  it('answer whole and by range', async () => {
    const bytes = readFileSync(join(folder, 'documents', 'plan.pdf'))
    const whole = await ask('/files/1', known())
    expect(whole.headers['content-type']).toBe('application/pdf')
    expect(whole.body.equals(bytes)).toBe(true)
    const part = await ask('/files/1', { ...known(), Range: 'bytes=10-19' })
    expect(part.status).toBe(206)
    expect(part.body.equals(bytes.subarray(10, 20))).toBe(true)
  })
})

type Client = ContractRouterClient<WorkbenchContract>

const transports: Record<string, () => Promise<{ client: Client; end(): void }>> = {
  'a direct call': () => Promise.resolve({ client: workbench.client as unknown as Client, end: () => {} }),
  'a WebSocket': async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, {
      headers: { ...known(), Origin: `http://127.0.0.1:${port}` },
    })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return {
      client: createORPCClient(new SocketLink({ websocket: socket as unknown as globalThis.WebSocket })),
      end: () => socket.close(),
    }
  },
  'a message port': () => {
    const { port1, port2 } = new MessageChannel()
    new PortHandler(workbench.router).upgrade(port1, { context: workbench.context })
    port1.start()
    const client: Client = createORPCClient(new PortLink({ port: port2 }))
    port2.start()
    return Promise.resolve({ client, end: () => port1.close() })
  },
}

describe.each(Object.keys(transports))('through %s', (name) => {
  it('calls, errors with codes, events and cancelling work alike', async () => {
    const { client, end } = await transports[name]!()
    try {
      const { hits } = await client.search.query({ query: 'who opens the fairground hall' })
      expect(hits[0]).toMatchObject({ title: 'Plan', page: 1 })

      await expect(client.documents.get({ id: 999 })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('no document 999'),
      })
      await expect(client.search.query({ query: '"open quote AND (' })).rejects.toMatchObject({ code: 'QUERY_SYNTAX' })
      await expect(client.library.files({ limit: -1 } as never)).rejects.toMatchObject({ code: 'BAD_REQUEST' })

      const controller = new AbortController()
      const changes = await client.library.changes(undefined, { signal: controller.signal })
      const first = await changes.next()
      expect(first.value).toHaveProperty('revision')
      workbench.library.changes.emit()
      expect((await changes.next()).done).toBe(false)
      controller.abort()
      await changes.return?.().catch(() => {})
    } finally {
      end()
    }
  })
})

describe('a WebSocket from elsewhere', () => {
  it.each([
    ['another origin', () => ({ ...known(), Origin: 'http://evil.example' })],
    ['no origin', () => known()],
    ['no token', () => ({ Origin: `http://127.0.0.1:${port}` })],
  ])('is refused: %s', async (_name, headers) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, { headers: headers() })
    const outcome = await new Promise((resolve) =>
      socket.once('open', () => resolve('open')).once('error', (error) => resolve(error.message)),
    )
    expect(outcome).toMatch(/403/)
  })
})
