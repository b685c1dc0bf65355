import { seededRandom, type RandomSource } from '../../../electron/platform/seeded-random.ts'

/** `DMR_FAULTS=long` runs the nightly form; `DMR_FAULT_SEED=N` repeats the points of an earlier run. */
const isLong = process.env['DMR_FAULTS'] === 'long'
export const SEED = Number(process.env['DMR_FAULT_SEED'] ?? Date.now() % 1_000_000)

/** How many faults a test injects: in `npm test`, and in the nightly form. */
export function many(short: number, long: number): number {
  return isLong ? long : short
}

/** Random numbers for one part of the suite: the same whatever other parts draw. */
export function randomFor(part: string): RandomSource {
  let hash = SEED
  for (const character of part) hash = Math.imul(hash, 31) + character.codePointAt(0)!
  return seededRandom(hash)
}

/** Counts faults and where they struck, for the figures of docs/reliability.md. */
export class Tally {
  readonly #struck = new Map<string, number>()
  #missed = 0

  get total(): number {
    return [...this.#struck.values()].reduce((sum, count) => sum + count, 0)
  }

  struck(where: string): void {
    this.#struck.set(where, (this.#struck.get(where) ?? 0) + 1)
  }

  /** The process ended before its moment came. */
  missed(): void {
    this.#missed += 1
  }

  toString(): string {
    const places = [...this.#struck].sort(([a], [b]) => (a < b ? -1 : 1)).map(([where, count]) => `${where} ${count}`)
    return `${this.total} kills (${places.join(', ')})${this.#missed > 0 ? `, ${this.#missed} came too late` : ''}`
  }
}
