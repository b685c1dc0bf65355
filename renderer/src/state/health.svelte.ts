import type { DoctorCheck } from '../../../electron/contracts/system.ts'
import type { Client } from '../connection/client.ts'
import { toProblem, type Problem } from '../connection/problem.ts'
import { worded } from '../strings/index.ts'

/** The application's self-check, run when asked. */
export class Health {
  #checks = $state.raw<readonly DoctorCheck[] | null>(null)
  #busy = $state.raw(false)
  #problem = $state.raw<Problem | null>(null)
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** null until the first run; what failed comes first. */
  get checks(): readonly DoctorCheck[] | null {
    return this.#checks
  }
  get failed(): number {
    return this.#checks?.filter((check) => !check.ok).length ?? 0
  }
  get busy(): boolean {
    return this.#busy
  }
  get problem(): Problem | null {
    return this.#problem
  }

  async run(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    this.#problem = null
    try {
      const { checks } = await this.#client.system.doctor()
      this.#checks = checks.map(inWindowLanguage).toSorted((a, b) => Number(a.ok) - Number(b.ok))
    } catch (error) {
      this.#problem = toProblem(error)
    } finally {
      this.#busy = false
    }
  }
}

function inWindowLanguage(check: DoctorCheck): DoctorCheck {
  const { name, detail, remedy } = check
  return {
    ...check,
    name: worded(name, check.nameWording),
    detail: worded(detail, check.detailWording),
    ...(remedy === undefined ? {} : { remedy: worded(remedy, check.remedyWording) }),
  }
}
