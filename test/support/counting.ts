const CREATORS = [
  'createBuffer',
  'createShaderModule',
  'createComputePipeline',
  'createComputePipelineAsync',
  'createBindGroup',
  'createBindGroupLayout',
  'createPipelineLayout',
] as const

/** Wraps a device in a proxy that lists the objects created on it. */
export function counting(device: GPUDevice): { device: GPUDevice; created: string[] } {
  const created: string[] = []
  const proxy = new Proxy(device, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        if ((CREATORS as readonly PropertyKey[]).includes(name)) created.push(String(name))
        return value.apply(target, given) as unknown
      }
    },
  })
  return { device: proxy, created }
}

/** Waits until a device has reported errors of the calls before: it answers in turn. */
export async function said(device: GPUDevice): Promise<void> {
  device.pushErrorScope('validation')
  await device.popErrorScope()
  await new Promise(resolve => setTimeout(resolve))
}
