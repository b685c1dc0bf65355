// How a running training is told to stop, between two microbatches.
import { setImmediate } from 'node:timers/promises'

/** `pause`: keep a checkpoint and end. `finish`: end the stages here and keep the best model so far. */
export type StopRequest = 'pause' | 'finish'

/** Thrown where a pause takes effect; the checkpoint is then written. */
export class Paused extends Error {
  override readonly name = 'Paused'
}

export class RunControl {
  #request: StopRequest | undefined

  request(request: StopRequest): void {
    this.#request = request
  }

  get finishing(): boolean {
    return this.#request === 'finish'
  }

  get pausing(): boolean {
    return this.#request === 'pause'
  }

  /** Lets messages in: runs of the runtime block the thread. @throws Paused when a pause was asked for */
  readonly checkpointHere = async (): Promise<void> => {
    await setImmediate()
    if (this.pausing) throw new Paused('paused')
  }
}
