/** A setup or data that the lab cannot train. Message and fix are shown to the user. */
export class LabError extends Error {
  override readonly name = 'LabError'
  /** The data, a value of the setup, or the order of requests. */
  readonly code: 'invalid-data' | 'invalid-setup' | 'nothing-to-train'
  /** The remedy, as a sentence. */
  readonly fix: string

  constructor(code: LabError['code'], message: string, fix: string) {
    super(message)
    this.code = code
    this.fix = fix
  }
}
