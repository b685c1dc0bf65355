import { common } from './en/common.ts'
import { format } from './en/format.ts'
import { frame } from './en/frame.ts'

/** English. One file per view under en/, so that two people can write two views. */
export const en = {
  locale: 'en-US',
  common,
  format,
  frame,
} as const
