import Columns2 from '@lucide/svelte/icons/columns-2'
import FileText from '@lucide/svelte/icons/file-text'
import Text from '@lucide/svelte/icons/text-search'
import Trash from '@lucide/svelte/icons/trash-2'
import type { ModelCard } from '../../../../electron/contracts/models.ts'
import type { MenuEntry } from '../../components/Menu.svelte'
import { strings } from '../../strings/index.ts'
import { isReady } from './model-looks.ts'
import type { ModelsDesk } from './models-desk.svelte.ts'

/** What can be done with a model beside the buttons of its card; what cannot be done says why. */
export function menuOf(
  model: ModelCard,
  desk: ModelsDesk,
  readOnly: boolean,
  onremove: (what: 'model' | 'index') => void,
): MenuEntry[] {
  const words = strings.models
  const whyNot = model.active ? words.isInUse : model.origin === 'built-in' ? words.isBuiltIn : undefined
  return [
    { label: words.details, icon: FileText, onselect: () => desk.show(model.id) },
    ...(isReady(model) && !model.active && desk.active
      ? [{ label: words.compare, icon: Columns2, onselect: () => desk.compare(model.id) }]
      : []),
    ...(model.active
      ? [{ label: words.keywordsOnly, icon: Text, disabled: readOnly, onselect: () => void desk.useNone(model) }]
      : []),
    'separator',
    ...(model.indexed
      ? [
          {
            label: words.removeIndex,
            hint: model.active ? words.isInUse : undefined,
            disabled: readOnly || model.active,
            danger: true,
            onselect: () => onremove('index'),
          },
        ]
      : []),
    {
      label: words.remove,
      icon: Trash,
      hint: whyNot,
      danger: true,
      disabled: readOnly || whyNot !== undefined,
      onselect: () => onremove('model'),
    },
  ]
}
