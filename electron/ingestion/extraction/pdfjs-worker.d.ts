/** pdf.js ships no types for its worker module; only its identity matters here ([Note: pdf.js in Node]). */
declare module 'pdfjs-dist/legacy/build/pdf.worker.mjs' {
  export const WorkerMessageHandler: unknown
}
