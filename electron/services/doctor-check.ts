import { textOf } from '../contracts/errors.ts'
import type { DoctorCheck } from '../contracts/system.ts'
import { Wording, type Text } from '../contracts/wording.ts'

export function passed(name: Wording, detail: Text): DoctorCheck {
  return { ok: true, ...named(name), ...detailed(detail) }
}

/** @param problem a text for people, or what was thrown */
export function failed(name: Wording, problem: unknown, remedy: Wording): DoctorCheck {
  const detail = problem instanceof Wording ? problem : textOf(problem)
  return { ok: false, ...named(name), ...detailed(detail), remedy: String(remedy), remedyWording: remedy.toJSON() }
}

function named(name: Wording): Pick<DoctorCheck, 'name' | 'nameWording'> {
  return { name: String(name), nameWording: name.toJSON() }
}

function detailed(detail: Text): Pick<DoctorCheck, 'detail' | 'detailWording'> {
  return { detail: String(detail), ...(detail instanceof Wording ? { detailWording: detail.toJSON() } : {}) }
}
