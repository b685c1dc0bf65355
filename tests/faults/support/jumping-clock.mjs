// Loaded into every process of a test: the clock of the wall jumps by up to a day, back and forth, several times a second.
const JUMP_EVERY_MS = 150
const DAY_MS = 86_400_000

const now = Date.now.bind(Date)
let shift = 0
let state = process.pid
setInterval(() => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  shift = Math.round((state / 2 ** 32 - 0.5) * 2 * DAY_MS)
}, JUMP_EVERY_MS).unref()

const RealDate = Date
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now() + shift)
    else super(...args)
  }
  static now() {
    return now() + shift
  }
}
