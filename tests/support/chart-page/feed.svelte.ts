import type { ChartContent } from '../../../renderer/src/charts/layout.ts'

export class Feed {
  content = $state.raw<ChartContent>({ curves: [], axis: 'step' })
}
