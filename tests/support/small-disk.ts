import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'

/** A disk of a few megabytes in memory, for tests of full and read-only ones. Needs root on Linux. */
export class SmallDisk implements Disposable {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** @param size as mount takes it: `16m` @returns undefined where no disk can be mounted */
  static mount(path: string, size: string): SmallDisk | undefined {
    mkdirSync(path, { recursive: true })
    const isAllowed = process.platform === 'linux' && process.getuid?.() === 0
    return isAllowed && mounted('-t', 'tmpfs', '-o', `size=${size}`, 'dmr-test', path) ? new SmallDisk(path) : undefined
  }

  /** Everything on it stays. @returns whether the system allowed it */
  resize(size: string): boolean {
    return mounted('-o', `remount,size=${size}`, this.path)
  }

  [Symbol.dispose](): void {
    spawnSync('umount', [this.path])
  }
}

function mounted(...args: string[]): boolean {
  return spawnSync('mount', args).status === 0
}
