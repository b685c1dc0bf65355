import type { Decision, DecisionChange, Grade, ReviewItem } from '../../../../electron/contracts/curation.ts'
import { strings } from '../../strings/index.ts'
import { changed, isChange, stepWords } from './decisions.ts'
import { PassageTarget } from './passage-target.svelte.ts'
import type { ReviewDesk } from './review-desk.svelte.ts'

/**
 * [Note: decisions show first]
 * A decision changes what is on the screen at once and is sent after that, in order (see Outbox); the next pair is on the
 * shelf already. So deciding never waits for the services, and an undo never overtakes what it takes back. What the services
 * refuse is read again and shown with its reason.
 */
export class Deciding {
  readonly target: PassageTarget
  #shownAt = 0
  /** Version of each target's decision as the services have it, by "pair text". */
  readonly #versions = new Map<string, number>()
  readonly #desk: ReviewDesk

  constructor(desk: ReviewDesk) {
    this.#desk = desk
    this.target = new PassageTarget(
      () => desk.item,
      () => desk.place.filter.suspects ?? false,
    )
  }

  /** Another pair is in front of the judge. */
  shown(): void {
    this.#shownAt = performance.now()
    this.target.reset()
  }

  /** Takes over how the services have a pair. */
  learn(item: ReviewItem): void {
    this.#versions.set(targetKey(item.pairId, null), item.decision?.version ?? 0)
    for (const { textId, decision } of item.negatives)
      this.#versions.set(targetKey(item.pairId, textId), decision?.version ?? 0)
  }

  /** Says what holds of the pair, and goes on to the next one that waits. */
  decide(change: DecisionChange): void {
    // Not there yet: going on would leave a pair behind that nobody saw.
    if (this.#desk.item === undefined) return
    this.change(change)
    void this.#desk.goOn()
  }

  /** Grades what the keys act on: the pair, or the chosen passage. */
  grade(grade: Grade): void {
    const { textId } = this.target
    // What was begun with is chosen from here on: its grade would make the next one the first.
    this.target.choose(textId)
    this.change({ grade }, textId)
    if (textId === null) {
      if (this.#desk.settings.moveOn) void this.#desk.goOn()
    } else if (!this.target.next() && this.#desk.place.filter.suspects) void this.#desk.goOn()
  }

  /** Changes the decision on the pair, or on one of its passages, and stays. */
  change(change: DecisionChange, textId: number | null = null): void {
    const { item, judge } = this.#desk
    if (item === undefined || judge === undefined) return
    const before = decisionOn(item, textId)
    if (!isChange(before, change)) return
    const after = changed(before, change, judge.id, Date.now())
    this.#show(item.pairId, textId, before, after)
    void this.#send(judge.id, item.pairId, textId, change)
  }

  undo(): Promise<void> {
    return this.#step('undo')
  }
  redo(): Promise<void> {
    return this.#step('redo')
  }

  #show(pairId: number, textId: number | null, before: Decision | null, after: Decision): void {
    const { items, queue, figures } = this.#desk
    items.change(pairId, (item) => withDecision(item, textId, after))
    if (textId === null) {
      queue.setDecision(pairId, after)
      figures.count(before, after)
    } else if ((before?.grade ?? null) === null) {
      queue.countPassages(pairId, -1)
    }
  }

  async #send(judgeId: number, pairId: number, textId: number | null, change: DecisionChange): Promise<void> {
    const { client, outbox, history, toasts } = this.#desk
    const key = targetKey(pairId, textId)
    const now = performance.now()
    const elapsedMs = now - this.#shownAt
    this.#shownAt = now
    try {
      // The version is taken when it is this one's turn: an earlier decision on the same pair has then been answered.
      const { decision, entry, replaced } = await outbox.add(() =>
        client.curation.decide({
          ...{ judgeId, pairId, textId, change, elapsedMs },
          basedOn: this.#versions.get(key) ?? 0,
        }),
      )
      this.#versions.set(key, decision.version)
      history.add(entry)
      if (replaced !== null) toasts.show(strings.review.replaced(pairId))
      if (textId === null) this.#uncover(pairId)
      this.#desk.refreshFigures()
    } catch (error) {
      this.#desk.fail(error)
      await this.#desk.reread([pairId])
    }
  }

  /** What machines said is told once a pair is decided: whoever comes back to it sees it. */
  #uncover(pairId: number): void {
    const { items, settings, row, outbox } = this.#desk
    if (!settings.blind) return
    if (row?.pairId !== pairId) items.forget(pairId)
    else if (outbox.waiting === 0) void items.reload(pairId).catch(() => undefined)
  }

  async #step(direction: 'undo' | 'redo'): Promise<void> {
    const { client, outbox, history, queue, toasts, adjudication, judge } = this.#desk
    const words = strings.review
    if (judge === undefined) return
    try {
      const step = await outbox.add(() => client.curation[direction]({ judgeId: judge.id }))
      if (step === null) return toasts.show(direction === 'undo' ? words.nothingToUndo : words.nothingToRedo)
      history.step(step)
      const { pairId, textId, change } = step.entry
      if (pairId !== null && textId !== null && typeof change?.grade === 'number')
        queue.countPassages(pairId, direction === 'undo' ? 1 : -1)
      await this.#desk.reread(step.pairIds)
      if (pairId !== null) await this.#desk.showPair(pairId)
      const text = stepWords(step.entry)
      if (direction === 'undo') {
        toasts.show(words.undone(text), { label: words.redo, run: () => void this.redo() })
      } else toasts.show(words.redone(text), { label: strings.common.undo, run: () => void this.undo() })
      adjudication.changed()
    } catch (error) {
      this.#desk.fail(error)
    }
  }
}

const targetKey = (pairId: number, textId: number | null): string => `${pairId} ${textId ?? ''}`

function decisionOn(item: ReviewItem, textId: number | null): Decision | null {
  if (textId === null) return item.decision
  return item.negatives.find((one) => one.textId === textId)?.decision ?? null
}

function withDecision(item: ReviewItem, textId: number | null, decision: Decision): ReviewItem {
  if (textId === null) return { ...item, decision }
  return { ...item, negatives: item.negatives.map((one) => (one.textId === textId ? { ...one, decision } : one)) }
}
