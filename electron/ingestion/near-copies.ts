import type { NearCopyRepository } from '../storage/index.ts'
import { bandHashes } from '../text/lsh.ts'
import { estimateSimilarity, NEAR_DUPLICATE_THRESHOLD } from '../text/minhash.ts'

/**
 * Groups documents with nearly the same text as they arrive. Nothing is removed: search shows the main copy of a group,
 * the others stay in the library.
 */
export class NearCopyFinder {
  readonly #copies: NearCopyRepository

  constructor(copies: NearCopyRepository) {
    this.#copies = copies
  }

  /** Files a new document under the group of the documents it resembles. Call inside the transaction that adds it. */
  add(documentId: number): void {
    const signature = this.#copies.signature(documentId)
    if (!signature) return
    this.#copies.addBands(documentId, bandHashes(signature))
    for (const candidate of this.#copies.candidates(documentId)) {
      if (estimateSimilarity(signature, candidate.signature) < NEAR_DUPLICATE_THRESHOLD) continue
      this.#join(documentId, candidate.documentId)
    }
  }

  /** Chooses each group's main copy, states how alike the others are to it, and dissolves groups of one. */
  settle(): void {
    for (const clusterId of this.#copies.clusters()) {
      const members = this.#copies.members(clusterId)
      const [main] = members
      if (members.length < 2 || main === undefined) {
        this.#copies.dissolve(clusterId)
        continue
      }
      const mainSignature = this.#copies.signature(main)
      for (const member of members) {
        const signature = this.#copies.signature(member)
        const similarity = mainSignature && signature ? estimateSimilarity(mainSignature, signature) : 1
        this.#copies.setMain(member, member === main, similarity)
      }
    }
  }

  /** Both groups become one; the document with the smaller id names it. */
  #join(a: number, b: number): void {
    const clusterA = this.#copies.clusterOf(a)
    const clusterB = this.#copies.clusterOf(b)
    const cluster = Math.min(clusterA ?? a, clusterB ?? b)
    if (clusterA !== undefined && clusterA !== cluster) this.#copies.merge(clusterA, cluster)
    if (clusterB !== undefined && clusterB !== cluster) this.#copies.merge(clusterB, cluster)
    this.#copies.assign(a, cluster)
    this.#copies.assign(b, cluster)
  }
}
