import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the exchange folder is inside. */
export const INSIDE = '/mnt/exchange'

export interface CommandOutcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * This machine's system with a writable layer over it, in mount and process namespaces of its own: what is installed, written and
 * removed inside is real for the commands that run there and gone with the object. Needs root on Linux.
 */
export class ThrowAwaySystem implements Disposable {
  /** A folder of this machine that is seen inside as `INSIDE`. */
  readonly exchange: string
  /** Where the system's root is for processes outside; only inside its mount namespace. */
  readonly #root: string
  readonly #folder: string
  readonly #holder: ChildProcess

  private constructor(folder: string, holder: ChildProcess) {
    this.#folder = folder
    this.exchange = join(folder, 'exchange')
    this.#root = join(folder, 'root')
    this.#holder = holder
  }

  /** @returns undefined with a printed reason where such a system cannot be made. */
  static async open(): Promise<ThrowAwaySystem | undefined> {
    const reason =
      process.platform !== 'linux' || !existsSync('/etc/debian_version')
        ? 'this is not Debian'
        : process.getuid?.() !== 0
          ? 'installing packages needs root'
          : ['dpkg-deb', 'unshare', 'nsenter', 'chroot'].find((name) => spawnSync('which', [name]).status !== 0)
    if (reason !== undefined) return skipped(reason)
    const folder = mkdtempSync(join(tmpdir(), 'dmr-system-'))
    for (const name of ['layer', 'root', 'exchange']) mkdirSync(join(folder, name))
    // Where / is a layered file system itself (a container), the upper layer has to be in memory.
    const script = `cd ${folder} && mkdir layer/upper layer/work &&
      mount -t overlay overlay -o lowerdir=/,upperdir=layer/upper,workdir=layer/work root 2>/dev/null || {
        mount -t tmpfs tmpfs layer && mkdir layer/upper layer/work &&
        mount -t overlay overlay -o lowerdir=/,upperdir=layer/upper,workdir=layer/work root; } &&
      mount --bind /dev root/dev && mount -t proc proc root/proc && mount -t tmpfs tmpfs root/tmp && mount -t tmpfs tmpfs root/run &&
      mkdir root${INSIDE} && mount --bind exchange root${INSIDE} &&
      echo ready && exec cat >/dev/null`
    const holder = spawn(
      'unshare',
      ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', 'sh', '-c', script],
      {
        // It reads until this process ends, however that ends.
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    )
    const said = await new Promise<string>((resolve) => {
      let text = ''
      holder.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
      holder.stdout.once('data', () => resolve('ready'))
      holder.once('exit', () => resolve(text.trim()))
    })
    if (said === 'ready') return new ThrowAwaySystem(folder, holder)
    rmSync(folder, { recursive: true, force: true })
    return skipped(`no throw-away system can be made here: ${said}`)
  }

  /** Runs a shell command inside, without this process's settings. */
  run(command: string, options: { user?: string } = {}): CommandOutcome {
    const inside =
      options.user === undefined ? command : `runuser -u ${options.user} -- sh -c '${command.replaceAll("'", `'\\''`)}'`
    const { status, stdout, stderr } = spawnSync(...this.#enter(inside), { encoding: 'utf8', env: ENVIRONMENT })
    return { code: status, stdout, stderr }
  }

  /** Starts a command inside that stays. */
  start(command: string): ChildProcess {
    const [program, args] = this.#enter(command)
    return spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: ENVIRONMENT })
  }

  [Symbol.dispose](): void {
    // The namespace's first process takes everything inside with it, its mounts too.
    this.#holder.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  #enter(command: string): [string, string[]] {
    // unshare itself is outside; its child is the first process inside.
    const [child = ''] = spawnSync('ps', ['-o', 'pid=', '--ppid', String(this.#holder.pid)], { encoding: 'utf8' })
      .stdout.trim()
      .split(/\s+/u)
    return ['nsenter', ['--target', child, '--mount', '--pid', 'chroot', this.#root, 'sh', '-c', command]]
  }
}

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' }

function skipped(reason: string): undefined {
  console.warn(`skipped: ${reason}`)
  return undefined
}
