import type { FromServices, ToServices } from '../../platform/desktop-messages.ts'

/** One end of a channel as utility processes have it (electronjs.org/docs/latest/api/message-port-main). */
export interface Port {
  on(event: 'message', listener: (event: { data: unknown }) => void): void
  postMessage(message: unknown): void
  start(): void
  close(): void
}

/** `process.parentPort` of a utility process (electronjs.org/docs/latest/api/parent-port). */
export interface ParentPort {
  on(event: 'message', listener: (event: { data: ToServices; ports: Port[] }) => void): void
  postMessage(message: FromServices): void
}
