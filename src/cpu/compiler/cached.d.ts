export function kernelsModule(): string
export function kernelsText(): string
export function kernelSources(): string[]
