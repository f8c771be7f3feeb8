import { InputError, show } from '../support/errors.ts'
import { WGSL_BUILTINS } from '../support/wgsl-builtins.ts'

// https://www.w3.org/TR/WGSL/#keyword-summary and #reserved-words
const KEYWORDS = `alias break case const const_assert continue continuing default diagnostic discard else enable false fn for
if let loop override requires return struct switch true var while`
const RESERVED = `NULL Self abstract active alignas alignof as asm asm_fragment async attribute auto await become cast catch
class co_await co_return co_yield coherent column_major common compile compile_fragment concept const_cast consteval
constexpr constinit crate debugger decltype delete demote demote_to_helper do dynamic_cast enum explicit export extends
extern external fallthrough filter final finally friend from fxgroup get goto groupshared highp impl implements import
inline instanceof interface layout lowp macro macro_rules match mediump meta mod module move mut mutable namespace new nil
noexcept noinline nointerpolation non_coherent noncoherent noperspective null nullptr of operator package packoffset partition
pass patch pixelfragment precise precision premerge priv protected pub public readonly ref regardless register
reinterpret_cast require resource restrict self set shared sizeof smooth snorm static static_assert static_cast std
subroutine super target template this thread_local throw trait try type typedef typeid typename typeof union unless unorm
unsafe unsized use using varying virtual volatile wgsl where with writeonly yield`

// Names that the generated source and common buffer declarations use. A function of that name would shadow them.
const USED = `array bitcast bool f32 i32 private read read_write storage u32 uniform vec2 vec4 workgroup write`

/** Tells whether WGSL has a use for a name: its keywords, and what the generated source calls. */
export const isWordOfWgsl = (name: string): boolean =>
  `${KEYWORDS} ${RESERVED} ${USED} ${WGSL_BUILTINS.join(' ')}`.split(/\s+/).includes(name)

/** Checks a name for a WGSL function. @throws InputError when it is no identifier, or WGSL has a use for it */
export function readName(name: unknown): string {
  if (typeof name !== 'string' || !/^[a-zA-Z][a-zA-Z0-9_]*$/.test(name)) {
    throw new InputError(
      'invalid-parameter',
      `wgsl's name is ${show(name)}.`,
      'Give a letter, and after it letters, digits and _.',
    )
  }
  if (isWordOfWgsl(name)) {
    throw new InputError('invalid-parameter', `wgsl's name is ${show(name)}, a word of WGSL.`, 'Give another name.')
  }
  return name
}
