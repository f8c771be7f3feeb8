/** Closes a card that is opened by its summary, by Escape and by a click elsewhere. */
export function closeOutside(card: HTMLDetailsElement): void {
  document.addEventListener('click', ({ target }) => {
    if (!card.contains(target as Node)) card.open = false
  })
  card.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !card.open) return
    card.open = false
    card.querySelector('summary')!.focus()
  })
}
