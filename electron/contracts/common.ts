import * as v from 'valibot'

/** A row id. SQLite's integers above 2^53 are never produced by this application. */
export const id = v.pipe(v.number(), v.integer(), v.minValue(1))

/** Entries of an input that reads a slice of a long list. */
export const pageSlice = {
  offset: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000)), 200),
}
