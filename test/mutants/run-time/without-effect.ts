import type { Explanations } from '../equivalent.ts'

/** Mutants that tests notice, and that make no difference to what a dispatcher gives: it does less than kernels can. */
export const withoutEffect: Explanations = {
  'A dispatcher never adds to what is there, and has no bias.': {
    'formats/f32.wgsl sum': 'fea04',
  },
  'A NaN that is packed was unpacked, with nothing in the lower bits, or computed, and then it is the quiet one.': {
    'formats/bf16.wgsl pack': 'bb037 5fd0b 754e3 60382 5e837 77b7b cfad7 796b1 de0d6',
    'formats/f16.wgsl pack': 'd874b 275cd 35b7b aaa0d c0f77',
  },
  'Its tensors are padded to whole vectors, and to whole words of a mask; what lies behind them is cleared or not read.':
    {
      'kernels/elementwise.wgsl end_of_vectors': 'c8f43',
      'kernels/forward-masked.wgsl store': '61b51 6d0b0',
      'kernels/geometry.wgsl vector_count': '22cf3 921cb 47c3d b03bc 74fbd',
      'kernels/geometry.wgsl within': 'e78f4 2da13 66a70 861c2 5ee9e 7fcc7 b5672 09d63',
    },
  'Its tensors begin with their arrays, and nothing is summed up by columns.': {
    'kernels/elementwise.wgsl elementwise': '4964e af8e7 43481',
  },
  'Invocations beyond the last find no vector, or do what another does, too.': {
    'kernels/elementwise.wgsl elementwise': '32ce4 75b9a 8ddd0',
  },
  'Only what wgsl() gives calls it.': {
    'numerics/order.wgsl is_zero': '2bc6b 05021 6e7a6 17af8',
  },
  'forward gives no y below the limit.': {
    'activations/celu.wgsl backward_from_y': 'e50b7',
    'activations/elu.wgsl backward_from_y': 'e0b13',
    'activations/selu.wgsl backward_from_y': 'e6e7e',
  },
  'The shape that it is given is whole.': {
    'reductions/backward-alpha.wgsl elementwise': 'c53e0',
  },
}
