// The package's entry for Node is no module, and its types are beside another file than this one.
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export * from 'wgsl_reflect'
}
