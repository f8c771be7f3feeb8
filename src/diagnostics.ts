export { type ClipOptions, createDiagnostics, type Diagnostics, type NormOptions } from './diagnostics/create.ts'
