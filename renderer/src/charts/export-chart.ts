// Charts as files. An SVG is a text; a PNG is that text, painted at twice the size.
import { saveBlob } from '../connection/save-text.ts'

const PNG_SCALE = 2
/** What an SVG on the screen has from style sheets, and a file would lose. */
const LOOKS = [
  ...['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-opacity', 'opacity', 'paint-order'],
  ...['font-family', 'font-size', 'font-weight', 'text-anchor', 'font-variant-numeric'],
] as const

export function saveSvg(fileName: string, svg: string): void {
  saveBlob(`${fileName}.svg`, new Blob([svg], { type: 'image/svg+xml;charset=utf-8' }))
}

/** @throws Error when the browser cannot paint the picture */
export async function savePng(fileName: string, svg: string): Promise<void> {
  saveBlob(`${fileName}.png`, await pngOf(svg))
}

/** Paints an SVG. @throws Error when it is not one the browser can read, or too large for a canvas */
export async function pngOf(svg: string, scale = PNG_SCALE): Promise<Blob> {
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml;charset=utf-8' }))
  try {
    const image = new Image()
    image.src = address
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = image.naturalWidth * scale
    canvas.height = image.naturalHeight * scale
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => {
        if (blob) resolve(blob)
        else
          reject(new Error(`The picture of ${canvas.width} x ${canvas.height} could not be painted. Save it as SVG.`))
      }, 'image/png'),
    )
  } finally {
    URL.revokeObjectURL(address)
  }
}

/** The text of an SVG that stands on the page, with the looks it has there, on the ground it stands on. */
export function svgOfElement(element: SVGSVGElement): string {
  const copy = element.cloneNode(true) as SVGSVGElement
  const originals = [element, ...element.querySelectorAll('*')]
  for (const [index, node] of [copy, ...copy.querySelectorAll('*')].entries()) {
    const style = getComputedStyle(originals[index]!)
    node.removeAttribute('class')
    node.removeAttribute('style')
    for (const look of LOOKS) {
      const value = style.getPropertyValue(look)
      if (value !== '') node.setAttribute(look, value)
    }
  }
  const { width, height } = element.getBoundingClientRect()
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(Math.round(width)))
  copy.setAttribute('height', String(Math.round(height)))
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
  ground.setAttribute('width', '100%')
  ground.setAttribute('height', '100%')
  ground.setAttribute('fill', getComputedStyle(document.documentElement).getPropertyValue('--surface').trim())
  copy.prepend(ground)
  return new XMLSerializer().serializeToString(copy)
}

/** A name that every file system takes. */
export function fileNameOf(...parts: readonly string[]): string {
  return parts
    .join('-')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.]+/gu, '-')
    .replace(/^-+|-+$/gu, '')
}
