/** Receives files that are dropped anywhere on the page. Without this a file would replace the page. */
export function takeDrops(taker: () => ((file: File) => void) | undefined): void {
  document.addEventListener('dragover', event => {
    if (!hasFiles(event)) return
    event.preventDefault()
    document.body.classList.toggle('dropping', taker() !== undefined)
  })
  document.addEventListener('dragleave', event => {
    if (event.relatedTarget === null) document.body.classList.remove('dropping')
  })
  document.addEventListener('drop', event => {
    if (!hasFiles(event)) return
    event.preventDefault()
    document.body.classList.remove('dropping')
    const [dropped] = event.dataTransfer?.files ?? []
    if (dropped !== undefined) taker()?.(dropped)
  })
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false
}
