import { messageOf } from './format.ts'

/** Copies a text. @returns a message for the user */
export async function copyText(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text)
    return 'Copied.'
  } catch (error) {
    return `The browser refused to copy: ${messageOf(error)}`
  }
}
