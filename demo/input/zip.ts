// The format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

const END_SIGNATURE = 0x06054b50
const ENTRY_SIGNATURE = 0x02014b50
const END_BYTES = 22
const ENTRY_BYTES = 46
const LONGEST_COMMENT = 0xffff
/** Tens of thousands of entries, which suffice to identify an archive. */
const LONGEST_DIRECTORY = 2 ** 22

/** True for a file that begins as a zip does, also for an empty archive. */
export function isZip([p, k, third, fourth]: Uint8Array): boolean {
  return p === 0x50 && k === 0x4b && ((third === 3 && fourth === 4) || (third === 5 && fourth === 6))
}

/** The names in a zip's directory; without a directory that of the first entry alone. */
export async function readZipNames(file: Blob): Promise<readonly string[]> {
  const tailStart = Math.max(0, file.size - END_BYTES - LONGEST_COMMENT)
  const tail = await viewOf(file.slice(tailStart))
  let end = tail.byteLength - END_BYTES
  while (end >= 0 && tail.getUint32(end, true) !== END_SIGNATURE) end--
  if (end >= 0) {
    const size = Math.min(tail.getUint32(end + 12, true), LONGEST_DIRECTORY)
    const offset = tail.getUint32(end + 16, true)
    const names = readDirectory(await viewOf(file.slice(offset, offset + size)))
    if (names.length > 0) return names
  }
  const first = await viewOf(file.slice(0, 30 + 0xffff))
  return first.byteLength < 30 ? [] : [textOf(first, 30, first.getUint16(26, true))].filter(name => name !== '')
}

function readDirectory(view: DataView): string[] {
  const names: string[] = []
  let at = 0
  while (at + ENTRY_BYTES <= view.byteLength && view.getUint32(at, true) === ENTRY_SIGNATURE) {
    const [name, extra, comment] = [28, 30, 32].map(field => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ]
    names.push(textOf(view, at + ENTRY_BYTES, name))
    at += ENTRY_BYTES + name + extra + comment
  }
  return names
}

function textOf(view: DataView, start: number, length: number): string {
  const end = Math.min(start + length, view.byteLength)
  return new TextDecoder().decode(new Uint8Array(view.buffer, start, end - start))
}

async function viewOf(blob: Blob): Promise<DataView> {
  return new DataView(await blob.arrayBuffer())
}
