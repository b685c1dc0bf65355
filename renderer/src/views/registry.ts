import type { Component } from 'svelte'

/** A view of the application: its place in the rail and how to load it. Views are loaded when first opened. */
export interface View {
  readonly id: string
  readonly label: string
  readonly icon: Component
  /** Second key of the sequence that opens it: G, then this. */
  readonly key: string
  /** At the foot of the rail. */
  readonly last?: boolean
  readonly load: () => Promise<{ readonly default: Component }>
}

/** The rail, from top to bottom. A new view is one entry here. */
export const views: readonly View[] = []
