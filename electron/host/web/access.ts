import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/**
 * [Note: who may talk to `serve`]
 * The server answers one person: whoever started it. The address printed at the start carries a token; the first page load
 * puts it into an HttpOnly, SameSite=Strict cookie and out of the address bar. Scripts may send it as a bearer token.
 * The Host header must name this server (else a foreign name could be pointed at 127.0.0.1: DNS rebinding), and an Origin,
 * where a browser sends one, must be this server's own. Wrong tokens are counted and slowed down.
 */
export class AccessGuard {
  readonly token: string
  readonly #hosts: ReadonlySet<string>
  readonly #cookie: string
  #failures: number[] = []

  constructor(address: { host: string; port: number }, token: string = randomBytes(24).toString('base64url')) {
    this.token = token
    this.#hosts = hostNames(address)
    // Cookies are shared between ports: the name keeps two servers on one machine apart.
    this.#cookie = `dmr-${address.port}`
  }

  /** @returns what is wrong with the request's Host or Origin, or undefined. */
  foreign(request: IncomingMessage): string | undefined {
    const host = request.headers.host?.toLowerCase() ?? ''
    if (!this.#hosts.has(host)) return `this server does not answer for the name "${host}"`
    const { origin } = request.headers
    if (origin !== undefined && origin.toLowerCase() !== `http://${host}`)
      return `requests from ${origin} are not accepted`
    return undefined
  }

  isKnown(request: IncomingMessage): boolean {
    const bearer = /^Bearer (.+)$/u.exec(request.headers.authorization ?? '')?.[1]
    const given = bearer ?? this.#cookieOf(request)
    return given !== undefined && this.accepts(given)
  }

  accepts(given: string): boolean {
    const a = Buffer.from(given)
    const b = Buffer.from(this.token)
    const right = a.length === b.length && timingSafeEqual(a, b)
    if (!right) this.#failures.push(performance.now())
    return right
  }

  /** More than ten wrong tokens within a minute: nobody gets in for the rest of it without the right cookie. */
  isUnderAttack(): boolean {
    const since = performance.now() - 60_000
    this.#failures = this.#failures.filter((at) => at > since)
    return this.#failures.length > 10
  }

  setCookie(): string {
    return `${this.#cookie}=${this.token}; HttpOnly; SameSite=Strict; Path=/`
  }

  #cookieOf(request: IncomingMessage): string | undefined {
    for (const part of request.headers.cookie?.split(';') ?? []) {
      const [name, value] = part.trim().split('=')
      if (name === this.#cookie) return value
    }
    return undefined
  }
}

function hostNames({ host, port }: { host: string; port: number }): Set<string> {
  const names = ['127.0.0.1', 'localhost', '[::1]', host.includes(':') ? `[${host}]` : host]
  return new Set(names.map((name) => `${name.toLowerCase()}:${port}`))
}
