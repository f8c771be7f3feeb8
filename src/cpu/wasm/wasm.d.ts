// The WebAssembly that src/cpu/compiler/ makes of the shaders: its bytes, deflated, in base64.
declare module 'virtual:kernels' {
  const text: string
  export default text
}
