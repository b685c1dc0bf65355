// The log of decisions read from its beginning: what the stored states must equal ([Note: decisions are a log]). Pure.
import type {
  ActionKind,
  LoggedAction,
  LoggedEvent,
  ReviewSubject,
  StateChange,
  StepState,
  StoredState,
} from '../storage/index.ts'
import { folded, outcomeOf } from './decision.ts'

const UNDOABLE_KINDS: readonly ActionKind[] = ['decide', 'bulk', 'adjudicate', 'merge']

export interface Replayed {
  /** By `subjectKey`. */
  readonly states: ReadonlyMap<string, StoredState>
  /** Of undoable actions, by id. */
  readonly steps: ReadonlyMap<number, { readonly actorId: number; readonly state: StepState }>
}

export function isUndoable(kind: ActionKind): boolean {
  return UNDOABLE_KINDS.includes(kind)
}

export function subjectKey({ judgeId, pairId, textId }: ReviewSubject): string {
  return `${pairId} ${textId} ${judgeId}`
}

/** @param log in the order of ids. @throws Error for an undo of what cannot be undone: the log is damaged. */
export function replay(log: Iterable<LoggedAction>): Replayed {
  const states = new Map<string, StoredState>()
  const steps = new Map<number, { actorId: number; state: StepState }>()
  const actions = new Map<number, LoggedAction>()
  const changesBySubject = new Map<string, { actionId: number; change: StateChange }[]>()

  const holds = (actionId: number): boolean => (steps.get(actionId)?.state ?? 'done') === 'done'
  const settle = (event: LoggedEvent, { id, at }: LoggedAction): void => {
    const key = subjectKey(event)
    const held = (changesBySubject.get(key) ?? []).filter(({ actionId }) => holds(actionId))
    const state = folded(held.map(({ change }) => change))
    const { judgeId, pairId, textId } = event
    if (state) states.set(key, { judgeId, pairId, textId, ...state, outcome: outcomeOf(state), version: id, at })
    else states.delete(key)
  }

  for (const action of log) {
    const { id, actorId, kind, targetId } = action
    actions.set(id, action)
    if (kind === 'undo' || kind === 'redo') {
      const step = steps.get(targetId ?? -1)
      const target = actions.get(targetId ?? -1)
      if (!step || !target) throw new Error(`action ${id} of the log of decisions undoes ${targetId}, which is no step`)
      step.state = kind === 'undo' ? 'undone' : 'done'
      for (const event of target.events) settle(event, action)
      continue
    }
    if (isUndoable(kind)) {
      for (const step of steps.values())
        if (step.actorId === actorId && step.state === 'undone') step.state = 'abandoned'
      steps.set(id, { actorId, state: 'done' })
    }
    for (const event of action.events) {
      const key = subjectKey(event)
      const changes = changesBySubject.get(key) ?? []
      changesBySubject.set(key, changes)
      changes.push({ actionId: id, change: event.change })
      settle(event, action)
    }
  }
  return { states, steps }
}
