import { expect, test } from 'vitest'
import { readListing } from './listing.ts'

const statistics = (vector: number, memory: number): string => `
Compute Shader:
*** SHADER STATS ***
SGPRs: 128
VGPRs: 16
Spilled SGPRs: 1
Spilled VGPRs: 2
Code size: 312
Scratch size: 64
Subgroups per SIMD: 20
VALU: ${vector}
VMEM: ${memory}
`

// A loop within a loop, whose end stores what the inner one left: as a kernel with a rare path.
const NESTED = `Compute Shader
disasm:
BB0:
	v_mul_lo_u32 v0, v0, s12                                    ; d72c0000 00001900
	s_cbranch_execz BB5                                         ; bfa50045
BB1:
	s_mov_b32 s12, -1                                           ; be8c00c1
BB2:
	buffer_load_dwordx4 v[4:7], v2, s[8:11], 0 offen            ; e0381000 80020402
	v_rcp_f32_e32 v1, v2                                        ; 7e545502
	v_mul_f32_e32 v3, v1, v2                                    ; 10060501
	(then repeated 2 times)
	s_cbranch_scc0 BB4                                          ; bfa10027
	buffer_store_dwordx2 v[4:5], v3, s[16:19], 0 offen          ; e0741000 80040403
	s_branch BB2                                                ; bfa0ffcf
BB4:
	v_mul_f32_e32 v3, v1, v2                                    ; 10060501
	buffer_store_dword v4, v3, s[16:19], 0 offen                ; e0701000 80040403
	s_branch BB1                                                ; bfa0ffcf
BB5:
	s_endpgm                                                    ; bfb00000
`

test('the common loop is the innermost one that stores, and the registers are of the whole program', () => {
  expect(readListing(NESTED + statistics(6, 3))).toEqual({
    loop: { vector: 4, transcendental: 1, slowInteger: 0, loads: [128], stores: [64] },
    vgprs: 16,
    sgprs: 128,
    waves: 20,
    spills: 3,
    scratchBytes: 64,
    codeBytes: 312,
  })
})

test("the listing of Mesa's own compiler is read too, for chips that LLVM does not know", () => {
  const code = `disasm:
Shader disassembly is not supported in the current configuration, falling back to print_program.

ACO shader stage: SW (CS), HW (COMPUTE_SHADER)
BB0
/* logical preds: / linear preds: / kind: top-level, branch, */
	 s1: %0:s[0] = s_mov_b32 %63:s[3]
BB1
/* logical preds: BB0, BB1, / linear preds: BB0, BB1, / kind: loop-header, branch, */
	 v4: %41:v[4-7] = buffer_load_dwordx3 %17:s[8-11], %40:v[2], 0 offen storage:buffer semantics:private,reorder
	 v1: %4:v[0],  s2: %72:vcc = v_mul_hi_u32 %4:s[0], %65:v[0]
	buffer_store_short %87:s[20-23], %89:v[2], 0, %88:v[12] offen disable_wqm storage:buffer
	s_cbranch_scc0 block:BB1
BB2
	s_endpgm
`
  const { loop } = readListing(code + statistics(1, 2))
  expect(loop).toEqual({ vector: 1, transcendental: 0, slowInteger: 1, loads: [96], stores: [16] })
})

test('RDNA 3 has the width of an access as a number', () => {
  const code = NESTED.replace('load_dwordx4', 'load_b128').replace('store_dwordx2', 'store_b16')
  const { loop } = readListing(code + statistics(6, 3))
  expect([loop.loads, loop.stores]).toEqual([[128], [16]])
})

test('a program that changes nothing has no loop to count', () => {
  const code = 'disasm:\nBB0:\n\tv_add_u32_e32 v0, v0, v1\n\ts_endpgm\n'
  const { loop } = readListing(code + statistics(1, 0))
  expect(loop).toEqual({ vector: 0, transcendental: 0, slowInteger: 0, loads: [], stores: [] })
})

test('a listing that is not whole is an error, never a figure', () => {
  expect(() => readListing(NESTED + statistics(7, 3))).toThrow('6 and 3 vector and memory operations of 7 and 3')
  expect(() => readListing(NESTED + statistics(6, 4))).toThrow('of 6 and 4')
  expect(() => readListing(NESTED)).toThrow('0 times "VALU"')
  expect(() => readListing('')).toThrow('0 times "VALU"')
  expect(() => readListing(NESTED + statistics(6, 3) + statistics(6, 3))).toThrow('2 times')
  expect(() => readListing(NESTED.replace('s_branch BB1', 's_branch BB9') + statistics(6, 3))).toThrow('BB9')
  const apart = NESTED.replace('s_branch BB1', 's_branch BB4')
  expect(() => readListing(apart + statistics(6, 3))).toThrow('2 innermost loops')
})
