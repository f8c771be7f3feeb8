const CREATORS = [
  'createBuffer',
  'createShaderModule',
  'createComputePipeline',
  'createComputePipelineAsync',
  'createBindGroup',
  'createBindGroupLayout',
  'createPipelineLayout',
] as const

/** Wraps a device in a proxy that lists the objects created on it, and the error scopes. */
export function counting(device: GPUDevice): { device: GPUDevice; created: string[]; scopes: string[] } {
  const created: string[] = []
  const scopes: string[] = []
  const proxy = new Proxy(device, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        if ((CREATORS as readonly PropertyKey[]).includes(name)) created.push(String(name))
        if (name === 'pushErrorScope') scopes.push(String(given[0]))
        return value.apply(target, given) as unknown
      }
    },
  })
  return { device: proxy, created, scopes }
}

/** Waits until a device has reported errors of the calls before: it answers in turn. */
export async function said(device: GPUDevice): Promise<void> {
  device.pushErrorScope('validation')
  await device.popErrorScope()
  await new Promise(resolve => setTimeout(resolve))
}
