import type { Equivalent } from '../equivalent.ts'

/**
 * Mutants that tests notice, and that make no difference to what a dispatcher gives: it does less than kernels can. Those of one entry
 * have one reason.
 */
export const withoutEffect: readonly Equivalent[] = [
  {
    reason: 'A dispatcher never adds to what is there, and has no bias.',
    mutants: ['formats/f32.wgsl sum: return a + b; → return a - b;'],
  },
  {
    reason:
      'A NaN that is packed was unpacked, with nothing in the lower bits, or computed, and then it is the quiet one.',
    mutants: [
      'formats/bf16.wgsl pack: let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u)); → let nan = bits | select(Bits(0x00400000u), Bits(0u), (bits & Bits(0x007f0000u)) == Bits(0u));',
      'formats/bf16.wgsl pack: let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u)); → let nan = bits | select(Bits(0u), Bits(0x0u), (bits & Bits(0x007f0000u)) == Bits(0u));',
      'formats/bf16.wgsl pack: let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u)); → let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits | Bits(0x007f0000u)) == Bits(0u));',
      'formats/bf16.wgsl pack: let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u)); → let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x7f0001u)) == Bits(0u));',
      'formats/bf16.wgsl pack: let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u)); → let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) != Bits(0u));',
      'formats/bf16.wgsl pack: let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u)); → let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(1u));',
      'formats/bf16.wgsl pack: let is_nan = bitcast<SignedBits>(bits & Bits(0x7fffffffu)) > SignedBits(0x7f800000); → let is_nan = bitcast<SignedBits>(bits & Bits(0x7ffffffeu)) > SignedBits(0x7f800000);',
      'formats/bf16.wgsl pack: let is_nan = bitcast<SignedBits>(bits & Bits(0x7fffffffu)) > SignedBits(0x7f800000); → let is_nan = bitcast<SignedBits>(bits & Bits(0x3fffffffu)) > SignedBits(0x7f800000);',
      'formats/bf16.wgsl pack: let is_nan = bitcast<SignedBits>(bits & Bits(0x7fffffffu)) > SignedBits(0x7f800000); → let is_nan = bitcast<SignedBits>(bits & Bits(0x7fffffffu)) > SignedBits(0x7f800001);',
      'formats/f16.wgsl pack: let magnitude = bitcast<SignedBits>(bits & Bits(0x7fffffffu)); → let magnitude = bitcast<SignedBits>(bits & Bits(0x7ffffffeu));',
      'formats/f16.wgsl pack: let nan = select(payload, SignedBits(0x200), payload == SignedBits(0)) | SignedBits(0x7c00); → let nan = select(payload, SignedBits(0x201), payload == SignedBits(0)) | SignedBits(0x7c00);',
      'formats/f16.wgsl pack: let nan = select(payload, SignedBits(0x200), payload == SignedBits(0)) | SignedBits(0x7c00); → let nan = select(payload, SignedBits(0x0), payload == SignedBits(0)) | SignedBits(0x7c00);',
      'formats/f16.wgsl pack: let nan = select(payload, SignedBits(0x200), payload == SignedBits(0)) | SignedBits(0x7c00); → let nan = select(payload, SignedBits(0x200), payload == SignedBits(1)) | SignedBits(0x7c00);',
      'formats/f16.wgsl pack: let half = bitcast<Bits>(select(number, nan, magnitude > SignedBits(0x7f800000))) | ((bits >> Bits(16u)) & Bits(0x8000u)); → let half = bitcast<Bits>(select(number, nan, magnitude > SignedBits(0x7f800001))) | ((bits >> Bits(16u)) & Bits(0x8000u));',
    ],
  },
  {
    reason:
      'Its tensors are padded to whole groups of lanes, and to whole words of a mask; what lies behind them is cleared or not read.',
    mutants: [
      'kernels/elementwise.wgsl end_of_groups: return min(groups_of_lanes(), arrayLength(&array_0)); → return max(groups_of_lanes(), arrayLength(&array_0));',
      'kernels/forward-masked.wgsl store: if (place == GROUPS_IN_A_WORD - 1u || i + 1u == groups_of_lanes()) { → if (place == GROUPS_IN_A_WORD - 1u || i - 1u == groups_of_lanes()) {',
      'kernels/forward-masked.wgsl store: if (place == GROUPS_IN_A_WORD - 1u || i + 1u == groups_of_lanes()) { → if (place == GROUPS_IN_A_WORD - 1u || i + 0u == groups_of_lanes()) {',
      'kernels/geometry.wgsl groups_of_lanes: return (geometry.count + LANES - 1u) / LANES; → return (geometry.count + LANES + 1u) / LANES;',
      'kernels/geometry.wgsl groups_of_lanes: return (geometry.count + LANES - 1u) / LANES; → return ((1u) - (geometry.count + LANES)) / LANES;',
      'kernels/geometry.wgsl groups_of_lanes: return (geometry.count + LANES - 1u) / LANES; → return (geometry.count + LANES - 0u) / LANES;',
      'kernels/geometry.wgsl groups_of_lanes: return (geometry.count + LANES - 1u) / LANES; → return (geometry.count + LANES - 2u) / LANES;',
      'kernels/geometry.wgsl groups_of_lanes: return (geometry.count + LANES - 1u) / LANES; → return (geometry.count + LANES - 1u) * LANES;',
      'kernels/geometry.wgsl within: return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count); → return Bits(i / LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count);',
      'kernels/geometry.wgsl within: return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count); → return Bits(i * LANES) + Bits(1u, 1u, 2u, 3u) < Bits(geometry.count);',
      'kernels/geometry.wgsl within: return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count); → return Bits(i * LANES) + Bits(0u, 0u, 2u, 3u) < Bits(geometry.count);',
      'kernels/geometry.wgsl within: return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count); → return Bits(i * LANES) + Bits(0u, 2u, 2u, 3u) < Bits(geometry.count);',
      'kernels/geometry.wgsl within: return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count); → return Bits(i * LANES) + Bits(0u, 1u, 1u, 3u) < Bits(geometry.count);',
      'kernels/geometry.wgsl within: return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count); → return Bits(i * LANES) + Bits(0u, 1u, 3u, 3u) < Bits(geometry.count);',
      'kernels/geometry.wgsl within: return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count); → return Bits(i * LANES) + Bits(0u, 1u, 2u, 2u) < Bits(geometry.count);',
      'kernels/geometry.wgsl within: return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count); → return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) <= Bits(geometry.count);',
    ],
  },
  {
    reason: 'Its tensors begin with their arrays, and nothing is summed up by columns.',
    mutants: [
      'kernels/elementwise.wgsl elementwise: find_starts(); → nothing',
      'kernels/elementwise.wgsl elementwise: finish(invocation.x); → nothing',
      'kernels/elementwise.wgsl elementwise: finish(invocation.x); → finish(invocation.y);',
    ],
  },
  {
    reason: 'Invocations beyond the last find no group, or do what another does, too.',
    mutants: [
      'kernels/elementwise.wgsl elementwise: if (invocation.x >= geometry.invocations) { → if (invocation.y >= geometry.invocations) {',
      'kernels/elementwise.wgsl elementwise: if (invocation.x >= geometry.invocations) { → if (invocation.x > geometry.invocations) {',
      'kernels/elementwise.wgsl elementwise: return; → nothing',
    ],
  },
  {
    reason: 'Only what wgsl() gives calls it.',
    mutants: [
      'numerics/bits.wgsl is_zero: return (bitcast<u32>(x) << 1u) == 0u; → return (bitcast<u32>(x) >> 1u) == 0u;',
      'numerics/bits.wgsl is_zero: return (bitcast<u32>(x) << 1u) == 0u; → return ((1u) << (bitcast<u32>(x))) == 0u;',
      'numerics/bits.wgsl is_zero: return (bitcast<u32>(x) << 1u) == 0u; → return (bitcast<u32>(x) << 0u) == 0u;',
      'numerics/bits.wgsl is_zero: return (bitcast<u32>(x) << 1u) == 0u; → return (bitcast<u32>(x) << 1u) == 1u;',
    ],
  },
  {
    reason: 'forward gives no y below the limit.',
    mutants: [
      'activations/celu.wgsl backward_from_y: return select(select(dy * (positive_part(y + parameters.x) * parameters.w), dy, is_positive(y)), y, is_nan(y)); → return select(select(dy * ((y + parameters.x) * parameters.w), dy, is_positive(y)), y, is_nan(y));',
      'activations/elu.wgsl backward_from_y: return select(select(dy * positive_part(y + parameters.x), dy, is_positive(y)), y, is_nan(y)); → return select(select(dy * (y + parameters.x), dy, is_positive(y)), y, is_nan(y));',
      'activations/selu.wgsl backward_from_y: let slope = positive_part(positive_part(y + LIMIT_HIGH) + LIMIT_LOW); → let slope = (positive_part(y + LIMIT_HIGH) + LIMIT_LOW);',
    ],
  },
  {
    reason: 'The shape that it is given is whole.',
    mutants: [
      'reductions/backward-alpha.wgsl backward_alpha: let narrowest = max(side_by_side, 1u); → let narrowest = max(side_by_side, 0u);',
    ],
  },
]
