import Activity from '@lucide/svelte/icons/activity'
import Box from '@lucide/svelte/icons/box'
import ChartColumn from '@lucide/svelte/icons/chart-column'
import ChartLine from '@lucide/svelte/icons/chart-line'
import Layers from '@lucide/svelte/icons/layers'
import LibraryIcon from '@lucide/svelte/icons/library'
import ListChecks from '@lucide/svelte/icons/list-checks'
import Search from '@lucide/svelte/icons/search'
import Settings from '@lucide/svelte/icons/settings-2'
import type { Component } from 'svelte'
import { strings } from '../strings/index.ts'

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
export const views: readonly View[] = [
  {
    id: 'library',
    label: strings.frame.library,
    icon: LibraryIcon,
    key: 'L',
    load: () => import('./library/LibraryView.svelte'),
  },
  {
    id: 'search',
    label: strings.frame.search,
    icon: Search,
    key: 'S',
    load: () => import('./search/SearchView.svelte'),
  },
  {
    id: 'review',
    label: strings.frame.review,
    icon: ListChecks,
    key: 'R',
    load: () => import('./review/ReviewView.svelte'),
  },
  {
    id: 'refinement',
    label: strings.frame.refinement,
    icon: Layers,
    key: 'D',
    load: () => import('./refinement/RefinementView.svelte'),
  },
  {
    id: 'training',
    label: strings.frame.training,
    icon: ChartLine,
    key: 'T',
    load: () => import('./training/TrainingView.svelte'),
  },
  {
    id: 'evaluation',
    label: strings.frame.evaluation,
    icon: ChartColumn,
    key: 'E',
    load: () => import('./evaluation/EvaluationView.svelte'),
  },
  {
    id: 'models',
    label: strings.frame.models,
    icon: Box,
    key: 'M',
    load: () => import('./models/ModelsView.svelte'),
  },
  {
    id: 'activity',
    label: strings.frame.activity,
    icon: Activity,
    key: 'A',
    load: () => import('./activity/ActivityView.svelte'),
  },
  {
    id: 'settings',
    label: strings.frame.settings,
    icon: Settings,
    key: ',',
    last: true,
    load: () => import('./settings/SettingsView.svelte'),
  },
]
