// What the page offers to the test that opens it.
export {}

declare global {
  interface Window {
    /** Feeds `runs` curves of `points` points. @returns ms from the values being there to the picture being painted */
    feedChart(runs: number, points: number): Promise<number>
    /** Notes the time of every frame until the returned function is called. */
    watchFrames(): () => number[]
    endWatch?: () => number[]
  }
}
