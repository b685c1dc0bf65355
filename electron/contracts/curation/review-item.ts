// A pair with its texts, its history and what others say.
import * as v from 'valibot'
import { id } from '../common.ts'
import { decision } from './decisions.ts'
import { intent } from './parts.ts'

/** A text and where it stands. Ids are null where the document is not in this library (a work package without the PDF). */
const reviewText = v.object({
  textId: id,
  text: v.string(),
  title: v.string(),
  documentHash: v.string(),
  page: v.number(),
  pageEnd: v.number(),
  documentId: v.nullable(id),
  /** For `documents.passageBoxes`. */
  passageId: v.nullable(id),
  /** Where the passage stands: from character `start` of the text of `page` to before `end` of that of `pageEnd`. */
  characters: v.nullable(v.object({ start: v.number(), end: v.number() })),
})
export type ReviewText = v.InferOutput<typeof reviewText>

/** How a pair came about and what machines made of it. */
const provenance = v.object({
  generator: v.string(),
  /** Name of the language model; empty for the built-in generator. */
  model: v.string(),
  method: v.string(),
  task: v.nullable(v.string()),
  attributes: v.record(v.string(), v.string()),
  prompt: v.nullable(v.object({ hash: v.string(), name: v.string(), version: v.number() })),
  createdAt: v.number(),
  /** Of the newest filter run; null when it did not look at the pair. */
  filter: v.nullable(v.object({ id, rule: v.string(), topN: v.number(), kept: v.boolean(), outcome: v.string() })),
  /** Per retriever: where it put the source (from 1; null: not near the top), and what it put on top. */
  votes: v.array(
    v.object({
      retriever: v.string(),
      version: v.string(),
      sourceRank: v.nullable(v.number()),
      ranking: v.array(
        v.object({
          rank: v.number(),
          score: v.number(),
          documentHash: v.string(),
          title: v.string(),
          page: v.number(),
          isSource: v.boolean(),
        }),
      ),
    }),
  ),
  datasets: v.array(v.string()),
})
export type ReviewProvenance = v.InferOutput<typeof provenance>

/** A passage that should not answer the query. */
const reviewNegative = v.object({
  ...reviewText.entries,
  /** The asking judge's. */
  decision: v.nullable(decision),
  /** What mining found; null when blind. Blind, the order of the passages tells nothing either. */
  mined: v.nullable(v.object({ rank: v.number(), score: v.number(), suspect: v.boolean() })),
  /** Other judges' and machines' decisions; null when blind. */
  others: v.nullable(v.array(decision)),
})
export type ReviewNegative = v.InferOutput<typeof reviewNegative>

/** Everything the view shows for one pair. */
export const reviewItem = v.object({
  pairId: id,
  /** The same in every library. */
  key: v.string(),
  intent,
  query: v.string(),
  /** Written by a generator, not by a person or another collection. */
  synthetic: v.boolean(),
  hazards: v.array(v.string()),
  /** The text that should answer the query. */
  positive: reviewText,
  /** The whole passage that the pair was made from; mostly the same text. */
  source: reviewText,
  negatives: v.array(reviewNegative),
  /** The asking judge's. */
  decision: v.nullable(decision),
  /** null when blind and the judge has not decided yet. */
  provenance: v.nullable(provenance),
  /** Decisions of machine judges; null when blind and the judge has not decided yet. */
  machines: v.nullable(v.array(decision)),
  /** Decisions of other persons; null when blind, whether decided or not. */
  others: v.nullable(v.array(decision)),
  /** What adjudication settled; null when blind, or when nothing was settled. */
  resolution: v.nullable(decision),
})
export type ReviewItem = v.InferOutput<typeof reviewItem>
