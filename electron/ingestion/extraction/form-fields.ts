/** What people typed into a fillable form: pdf.js keeps it apart from the printed text. */
import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { normalise } from '../../text/normalise.ts'
import type { Box } from './page-frame.ts'

export interface FilledField {
  /** "label: value" for texts and choices, the label with a check mark for boxes. */
  readonly text: string
  readonly box: Box
}

/** The parts of pdf.js's annotation data that are read here (src/core/annotation.js, WidgetAnnotation). */
interface WidgetData {
  readonly subtype?: string
  readonly fieldType?: string
  readonly fieldName?: string
  readonly alternativeText?: string
  readonly fieldValue?: string | readonly string[] | null
  readonly hidden?: boolean
  readonly password?: boolean
  readonly checkBox?: boolean
  readonly radioButton?: boolean
  readonly exportValue?: string
  readonly buttonValue?: string
  readonly options?: readonly { readonly exportValue: string; readonly displayValue: string }[]
  readonly rect: readonly [number, number, number, number]
}

interface FieldObject {
  readonly page?: number
  readonly value?: unknown
}

/** Page numbers that hold at least one filled field; the cheap look before the annotations of a page are read. */
export async function pagesWithFilledFields(document: PDFDocumentProxy): Promise<ReadonlySet<number>> {
  const fields = (await document.getFieldObjects()) as ReadonlyMap<string, readonly FieldObject[]> | null
  const pages = new Set<number>()
  for (const widgets of fields?.values() ?? []) {
    for (const { page, value } of widgets) {
      if (page !== undefined && page >= 0 && value && value !== 'Off') pages.add(page + 1)
    }
  }
  return pages
}

/** The filled fields of one page from the top, passwords and hidden fields left out. */
export async function filledFields(document: PDFDocumentProxy, pageNumber: number): Promise<FilledField[]> {
  const page = await document.getPage(pageNumber)
  const annotations = (await page.getAnnotations()) as readonly WidgetData[]
  const fields: FilledField[] = []
  for (const widget of annotations) {
    if (widget.subtype !== 'Widget' || widget.hidden || widget.password) continue
    const text = normalise(fieldText(widget)).text.replaceAll('\n', ' ')
    if (text === '') continue
    const [left, bottom, right, top] = widget.rect
    fields.push({ text, box: { x: left, y: bottom, width: right - left, height: top - bottom } })
  }
  return fields.sort((a, b) => b.box.y - a.box.y || a.box.x - b.box.x)
}

function fieldText(widget: WidgetData): string {
  const label = widget.alternativeText || lastPart(widget.fieldName ?? '')
  const { fieldValue } = widget
  if (!fieldValue || fieldValue.length === 0) return ''
  if (widget.checkBox) return fieldValue === widget.exportValue ? `☑ ${label}` : ''
  if (widget.radioButton) return fieldValue === widget.buttonValue ? `☑ ${label}: ${fieldValue}` : ''
  if (widget.fieldType === 'Btn') return ''
  const values = typeof fieldValue === 'string' ? [fieldValue] : fieldValue
  const shown = values.map(
    (value) => widget.options?.find((option) => option.exportValue === value)?.displayValue ?? value,
  )
  const text = shown.join(', ').trim()
  return text === '' ? '' : label === '' ? text : `${label}: ${text}`
}

/** "Row1.Role" is field "Role" of group "Row1"; forms of some designers end in an index, "Role[0]". */
function lastPart(name: string): string {
  return (name.split('.').at(-1) ?? '').replace(/\[\d+\]$/, '')
}
