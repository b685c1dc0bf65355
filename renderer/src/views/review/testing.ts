import type { Decision, ReviewItem, ReviewNegative, ReviewQueueRow } from '../../../../electron/contracts/curation.ts'
import type { Client } from '../../connection/client.ts'

export function decisionOf(change: Partial<Decision> = {}): Decision {
  return {
    ...{ judgeId: 1, verdict: null, grade: null, query: null, comment: null, outcome: null, version: 1, at: 0 },
    ...change,
  }
}

const text = (textId: number, page: number) => ({
  ...{ textId, text: `Text ${textId}.`, title: 'Plan', documentHash: 'd', page, pageEnd: page },
  ...{ documentId: 1, passageId: textId, characters: null },
})

export function negativeOf(textId: number, decision: Decision | null = null): ReviewNegative {
  return { ...text(textId, 9), decision, mined: null, others: null }
}

export function itemOf(pairId: number, change: Partial<ReviewItem> = {}): ReviewItem {
  return {
    ...{ pairId, key: `k${pairId}`, intent: 'QA', query: `Query ${pairId}`, synthetic: true, hazards: [] },
    ...{ positive: text(pairId, 3), source: text(pairId, 3), negatives: [], decision: null },
    ...{ provenance: null, machines: null, others: null, resolution: null },
    ...change,
  }
}

export function queueRowOf(pairId: number, change: Partial<ReviewQueueRow> = {}): ReviewQueueRow {
  return {
    ...{ pairId, intent: 'QA', query: `Query ${pairId}`, title: 'Plan', page: 3, hazards: [] },
    ...{ decision: null, openSuspects: null },
    ...change,
  }
}

/** A client with only the procedures that a test needs; any other call fails by name. */
export function curationOf(procedures: Readonly<Record<string, unknown>>): Client {
  const curation = new Proxy(procedures, {
    get: (target, name) => {
      if (typeof name === 'string' && name in target) return target[name]
      throw new Error(`the test did not expect a call of curation.${String(name)}`)
    },
  })
  return { curation } as unknown as Client
}
