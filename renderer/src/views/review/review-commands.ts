import { GRADES } from '../../../../electron/contracts/curation.ts'
import type { Command } from '../../state/commands.svelte.ts'
import { strings } from '../../strings/index.ts'
import type { ReviewDesk } from './review-desk.svelte.ts'

/** What only the view can do: it holds the elements. */
export interface ReviewPlaces {
  readonly openPage: () => void
}

/** The keys of the Review view, all in the palette and in the keyboard map. */
export function reviewCommands(desk: ReviewDesk, places: ReviewPlaces): Command[] {
  return [...pairCommands(desk, places), ...stepCommands(desk), ...settlingCommands(desk)]
}

function pairCommands(desk: ReviewDesk, { openPage }: ReviewPlaces): Command[] {
  const words = strings.review.keys
  const group = strings.review.title
  const { deciding } = desk
  const hasPair = (): boolean => desk.place.tab === 'queue' && desk.item !== undefined
  const pair = (id: string, title: string, keys: readonly string[], run: () => void): Command => ({
    ...{ id: `review:${id}`, title, group, keys, run },
    enabled: hasPair,
  })
  /** A key that is held must not decide pairs that nobody has read. */
  const judging = (id: string, title: string, key: string, run: () => void): Command => ({
    ...pair(id, title, [key], run),
    once: true,
  })
  return [
    judging('accept', words.accept, 'A', () => deciding.decide({ verdict: 'accept' })),
    judging('reject', words.reject, 'R', () => deciding.decide({ verdict: 'reject' })),
    judging('skip', words.skip, 'S', () => deciding.decide({ verdict: 'skip' })),
    pair('edit', words.edit, ['E'], () => (desk.writing = 'query')),
    pair('comment', words.comment, ['C'], () => (desk.writing = 'comment')),
    ...GRADES.map((grade) =>
      judging(`grade-${grade}`, words.grade(grade, strings.review.grades[grade]), String(grade), () =>
        deciding.grade(grade),
      ),
    ),
    pair('next', words.next, ['J'], () => desk.step(1)),
    pair('previous', words.previous, ['K'], () => desk.step(-1)),
    pair('next-open', words.nextOpen, ['Shift+J'], () => void desk.goOn()),
    pair('next-passage', words.nextPassage, ['N'], () => void deciding.target.next()),
    pair('previous-passage', words.previousPassage, ['Shift+N'], () => void deciding.target.previous()),
    {
      ...pair('pair', words.toPair, ['Escape'], () => deciding.target.choose(null)),
      enabled: () => hasPair() && deciding.target.textId !== null,
    },
    pair('page', words.openPage, ['O'], openPage),
    pair('provenance', words.provenance, ['P'], () => (desk.provenanceOpen = !desk.provenanceOpen)),
    pair('bulk', words.bulk, ['Shift+B'], () => void desk.bulk.ask()),
  ]
}

function stepCommands(desk: ReviewDesk): Command[] {
  const words = strings.review.keys
  const group = strings.review.title
  const { deciding, settings, place } = desk
  const judging = (): boolean => desk.judge !== undefined
  /** While somebody writes, undo and redo are those of the text. */
  const notWriting = (): boolean => judging() && desk.writing === null
  return [
    {
      id: 'review:undo',
      title: words.undo,
      group,
      keys: ['Mod+Z', 'U'],
      enabled: notWriting,
      run: () => void deciding.undo(),
    },
    {
      id: 'review:redo',
      title: words.redo,
      group,
      keys: ['Mod+Shift+Z', 'Mod+Y', 'Shift+U'],
      enabled: notWriting,
      run: () => void deciding.redo(),
    },
    {
      id: 'review:filter',
      title: words.filter,
      group,
      keys: ['F'],
      enabled: () => judging() && place.tab === 'queue',
      run: () => (desk.filtering = true),
    },
    {
      id: 'review:blind',
      title: settings.blind ? words.notBlind : words.blind,
      group,
      keys: ['B'],
      enabled: () => judging() && place.tab === 'queue',
      run: () => desk.setBlind(!settings.blind),
    },
    {
      id: 'review:move-on',
      title: settings.moveOn ? words.stay : words.moveOn,
      group,
      enabled: judging,
      run: () => (settings.moveOn = !settings.moveOn),
    },
    {
      id: 'review:build',
      title: strings.review.results.build,
      group,
      enabled: judging,
      run: () => desk.results.ask(),
    },
    {
      id: 'review:rate',
      title: strings.review.results.rate,
      group,
      enabled: () => judging() && desk.results.model !== null,
      run: () => void desk.results.rate(),
    },
    ...(['queue', 'disagreements', 'agreement', 'packages'] as const).map((tab, index) => ({
      id: `review:tab:${tab}`,
      title: words.goTo(strings.review.tabs[tab]),
      group,
      keys: [`Alt+${index + 1}`],
      run: () => place.goTo(tab),
    })),
  ]
}

function settlingCommands(desk: ReviewDesk): Command[] {
  const words = strings.review.disagreements
  const group = strings.review.tabs.disagreements
  const { adjudication } = desk
  const hasRow = (): boolean => desk.place.tab === 'disagreements' && adjudication.row !== undefined
  const settling = (id: string, title: string, key: string, run: () => void): Command => ({
    ...{ id: `review:settle:${id}`, title, group, keys: [key], run },
    once: true,
    enabled: hasRow,
  })
  return [
    ...[0, 1, 2].map((index) =>
      settling(`judge-${index + 1}`, words.takeNumber(index + 1), String(index + 1), () => {
        const judgeId = adjudication.row?.decisions[index]?.judgeId
        if (judgeId !== undefined) void adjudication.settle({ kind: 'judge', judgeId })
      }),
    ),
    settling('reject-all', words.rejectAll, 'X', () => void adjudication.settle({ kind: 'reject-all' })),
    settling('accept', words.acceptAsWritten, 'A', () => {
      if (adjudication.row?.textId === null) void adjudication.settle({ kind: 'other', change: { verdict: 'accept' } })
    }),
    settling('next', words.next, 'J', () => adjudication.step(1)),
    settling('previous', words.previous, 'K', () => adjudication.step(-1)),
  ]
}
