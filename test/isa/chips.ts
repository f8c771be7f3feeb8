/** A chip that Mesa's shim stands for, and a product with it. */
export interface Chip {
  /** The name of the shim: the value of AMDGPU_GPU_ID. */
  readonly name: string
  readonly generation: 'GCN 1' | 'GCN 2' | 'GCN 3' | 'GCN 4' | 'GCN 5' | 'RDNA 1' | 'RDNA 2' | 'RDNA 3' | 'RDNA 3.5'
  readonly product: string
  /** As published: bytes a second to and from memory, caches apart. */
  readonly gigabytesPerSecond: number
  readonly computeUnits: number
  /** The highest clock that is published. */
  readonly gigahertz: number
  /** The page that has the figures. */
  readonly source: string
}

const APUS = 'https://en.wikipedia.org/wiki/List_of_AMD_processors_with_3D_graphics'

/** The chips with a driver in RADV, oldest first. Memory of processors with graphics is the fastest that they are sold with. */
export const CHIPS: readonly Chip[] = [
  {
    name: 'pitcairn',
    generation: 'GCN 1',
    product: 'Radeon HD 7870',
    gigabytesPerSecond: 153.6,
    computeUnits: 20,
    gigahertz: 1,
    source: 'https://en.wikipedia.org/wiki/Radeon_HD_7000_series',
  },
  {
    name: 'bonaire',
    generation: 'GCN 2',
    product: 'Radeon R7 260X',
    gigabytesPerSecond: 104,
    computeUnits: 14,
    gigahertz: 1.1,
    source: 'https://en.wikipedia.org/wiki/Radeon_200_series',
  },
  {
    name: 'stoney',
    generation: 'GCN 3',
    product: 'A9-9425 (Radeon R5), DDR4-2133',
    gigabytesPerSecond: 17.1,
    computeUnits: 3,
    gigahertz: 0.9,
    source: APUS,
  },
  {
    name: 'polaris10',
    generation: 'GCN 4',
    product: 'Radeon RX 580',
    gigabytesPerSecond: 256,
    computeUnits: 36,
    gigahertz: 1.34,
    source: 'https://en.wikipedia.org/wiki/Radeon_500_series',
  },
  {
    name: 'polaris12',
    generation: 'GCN 4',
    product: 'Radeon RX 550',
    gigabytesPerSecond: 112,
    computeUnits: 8,
    gigahertz: 1.183,
    source: 'https://en.wikipedia.org/wiki/Radeon_500_series',
  },
  {
    name: 'vega10',
    generation: 'GCN 5',
    product: 'Radeon RX Vega 64',
    gigabytesPerSecond: 483.8,
    computeUnits: 64,
    gigahertz: 1.546,
    source: 'https://en.wikipedia.org/wiki/Radeon_RX_Vega_series',
  },
  {
    name: 'raven',
    generation: 'GCN 5',
    product: 'Ryzen 7 2700U (Vega 10), DDR4-2400',
    gigabytesPerSecond: 38.4,
    computeUnits: 10,
    gigahertz: 1.3,
    source: APUS,
  },
  {
    name: 'raven2',
    generation: 'GCN 5',
    product: 'Athlon 3000G (Vega 3), DDR4-2666',
    gigabytesPerSecond: 42.7,
    computeUnits: 3,
    gigahertz: 1.1,
    source: APUS,
  },
  {
    name: 'renoir',
    generation: 'GCN 5',
    product: 'Ryzen 7 4800U (Vega 8), LPDDR4-4266',
    gigabytesPerSecond: 68.3,
    computeUnits: 8,
    gigahertz: 1.75,
    source: APUS,
  },
  {
    name: 'navi10',
    generation: 'RDNA 1',
    product: 'Radeon RX 5700 XT',
    gigabytesPerSecond: 448,
    computeUnits: 40,
    gigahertz: 1.905,
    source: 'https://en.wikipedia.org/wiki/Radeon_RX_5000_series',
  },
  {
    name: 'navi21',
    generation: 'RDNA 2',
    product: 'Radeon RX 6800',
    gigabytesPerSecond: 512,
    computeUnits: 60,
    gigahertz: 2.105,
    source: 'https://en.wikipedia.org/wiki/Radeon_RX_6000_series',
  },
  {
    name: 'vangogh',
    generation: 'RDNA 2',
    product: 'Steam Deck',
    gigabytesPerSecond: 88,
    computeUnits: 8,
    gigahertz: 1.6,
    source: 'https://www.steamdeck.com/en/tech',
  },
  {
    name: 'navi31',
    generation: 'RDNA 3',
    product: 'Radeon RX 7900 XTX',
    gigabytesPerSecond: 960,
    computeUnits: 96,
    gigahertz: 2.5,
    source: 'https://en.wikipedia.org/wiki/Radeon_RX_7000_series',
  },
  {
    name: 'gfx1150',
    generation: 'RDNA 3.5',
    product: 'Ryzen AI 9 HX 370 (Radeon 890M), LPDDR5X-7500',
    gigabytesPerSecond: 120,
    computeUnits: 16,
    gigahertz: 2.9,
    source: APUS,
  },
]

const LANES = 64

/** The vector operations that a chip can do in the time in which memory moves so many bytes, one a lane and cycle. */
export function operationsWithin(
  { computeUnits, gigahertz, gigabytesPerSecond }: Pick<Chip, 'computeUnits' | 'gigahertz' | 'gigabytesPerSecond'>,
  bytes: number,
): number {
  return (computeUnits * LANES * gigahertz * bytes) / gigabytesPerSecond
}

/** The most waves that a SIMD holds, as RADV counts them: waves of 64 count twice on RDNA. */
export function mostWaves({ name, generation }: Pick<Chip, 'name' | 'generation'>): number {
  if (name.startsWith('polaris')) return 8
  if (generation.startsWith('GCN')) return 10
  return generation === 'RDNA 1' ? 40 : 32
}
