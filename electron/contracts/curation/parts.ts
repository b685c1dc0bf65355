// What several inputs of this contract are made of.
import * as v from 'valibot'
import { id } from '../common.ts'
import { INTENTS } from '../intents.ts'

export const intent = v.picklist(INTENTS)
export const path = v.pipe(v.string(), v.trim(), v.nonEmpty())
/** Marks a place in a queue; opaque, valid for the order it came from. */
export const cursor = v.pipe(v.string(), v.maxLength(500))
export const limitOf = (most: number, usual: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most)), usual)
/** A pair, or one of its passages. */
export const target = { pairId: id, textId: v.optional(v.nullable(id), null) }
