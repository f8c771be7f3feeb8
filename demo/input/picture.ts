import { FileError } from './input.ts'
import { kindByName } from './other-files.ts'

// A side of 4,096 gives 16 Mi values, more than enough; a larger picture would need gigabytes on the way.
const LONGEST_SIDE = 4096

export interface Response {
  readonly width: number
  readonly height: number
  /** Row by row: below zero where the picture gets darker from left to right. */
  readonly values: Float32Array<ArrayBuffer>
}

/** Decodes a picture, scaled down where it is huge. @throws FileError when the browser cannot read it */
export async function readPicture(file: File, longestSide = LONGEST_SIDE): Promise<ImageData> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file)
  } catch {
    throw new FileError(`${file.name} ${whyNoPicture(file)}`)
  }
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height))
  const width = Math.max(1, Math.round(bitmap.width * scale))
  const height = Math.max(1, Math.round(bitmap.height * scale))
  const context = drawingContext(new OffscreenCanvas(width, height))
  context.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  return context.getImageData(0, 0, width, height)
}

/**
 * The signed horizontal Sobel response of a picture's luma (ITU-R BT.709, 0 to 1), as a first convolution passes
 * it to relu. The border repeats outwards.
 */
export function sobelResponse({ data, width, height }: ImageData): Response {
  const luma = new Float32Array(width * height)
  for (let i = 0; i < luma.length; i++) {
    luma[i] = (0.2126 * data[4 * i]! + 0.7152 * data[4 * i + 1]! + 0.0722 * data[4 * i + 2]!) / 255
  }
  const values = new Float32Array(width * height)
  for (let row = 0; row < height; row++) {
    const above = Math.max(row - 1, 0) * width
    const here = row * width
    const below = Math.min(row + 1, height - 1) * width
    for (let column = 0; column < width; column++) {
      const left = Math.max(column - 1, 0)
      const right = Math.min(column + 1, width - 1)
      const difference = (start: number): number => luma[start + right]! - luma[start + left]!
      values[here + column] = difference(above) + 2 * difference(here) + difference(below)
    }
  }
  return { width, height, values }
}

/** Explains why the browser did not decode a file, with a fix. */
function whyNoPicture({ name, type }: File): string {
  const kind = kindByName(name)
  if (kind !== undefined) return `is, by its name, ${kind.what}. ${kind.fix}`
  const ofType = `(${type === '' ? 'of unknown type' : `of type ${type}`})`
  if (type.startsWith('image/'))
    return `${ofType} is not a picture that this browser can read. PNG, JPEG, WebP and GIF are.`
  return `${ofType} is nothing that is read here: a picture (PNG, JPEG, WebP, GIF), a .npy or a .safetensors is.`
}

/** Draws a picture into a canvas of its own proportions. */
export function drawPicture(canvas: HTMLCanvasElement, picture: ImageData): void {
  const whole = new OffscreenCanvas(picture.width, picture.height)
  drawingContext(whole).putImageData(picture, 0, 0)
  const scale = Math.min(1, 480 / Math.max(picture.width, picture.height))
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  canvas.getContext('2d')?.drawImage(whole, 0, 0, canvas.width, canvas.height)
}

/** A response as a picture: grey is 0, warm is above and cool below, strongest at the largest magnitude. */
export function pictureOf({ width, height, values }: Response): ImageData {
  let largest = 1e-6
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  const picture = new ImageData(width, height)
  const neutral = [228, 226, 222] as const
  const warm = [176, 62, 22] as const
  const cool = [20, 84, 150] as const
  for (let i = 0; i < values.length; i++) {
    // The root shows weak edges, too.
    const strength = Math.sqrt(Math.abs(values[i]!) / largest)
    const hue = values[i]! < 0 ? cool : warm
    for (let c = 0; c < 3; c++) picture.data[4 * i + c] = neutral[c]! + (hue[c]! - neutral[c]!) * strength
    picture.data[4 * i + 3] = 255
  }
  return picture
}

function drawingContext(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new FileError('This browser gives no 2D canvas, which reading a picture needs.')
  return context
}
