import type { GradConfig, KernelConfig, TensorFlow } from './types.ts'

/** Replaces entries of TensorFlow.js's registries, and puts them back. */
export class Replacements {
  readonly #undo: (() => void)[] = []

  /** Registers a kernel, in place of one of that name if there is one. */
  kernel(tf: TensorFlow, kernel: KernelConfig): void {
    const { kernelName, backendName } = kernel
    const original: KernelConfig | undefined = tf.getKernel(kernelName, backendName)
    const set = (config: KernelConfig | undefined): void => {
      // The registry warns of a kernel that it has.
      if (tf.getKernel(kernelName, backendName) !== undefined) tf.unregisterKernel(kernelName, backendName)
      if (config !== undefined) tf.registerKernel(config)
    }
    // Before, because registering may throw between the two steps.
    this.#undo.push(() => {
      const current: KernelConfig | undefined = tf.getKernel(kernelName, backendName)
      if (current === kernel || current === undefined) set(original)
    })
    set(kernel)
  }

  /** Registers a gradient, in place of one of that name if there is one. */
  gradient(tf: TensorFlow, gradient: GradConfig): void {
    const { kernelName } = gradient
    const original: GradConfig | undefined = tf.getGradient(kernelName)
    this.#undo.push(() => {
      if (tf.getGradient(kernelName) !== gradient) return
      tf.unregisterGradient(kernelName)
      if (original !== undefined) tf.registerGradient(original)
    })
    tf.registerGradient(gradient)
  }

  /** Replaces a method of a prototype. */
  method<Name extends string, Method>(prototype: Record<Name, Method>, name: Name, method: Method): void {
    const original = Object.getOwnPropertyDescriptor(prototype, name)!
    this.#undo.push(() => {
      if (prototype[name] === method) Object.defineProperty(prototype, name, original)
    })
    Object.defineProperty(prototype, name, { ...original, value: method })
  }

  /** Puts back what is still ours, the last first. Goes on where a step throws, and throws that at the end. */
  undo(): void {
    const step = this.#undo.pop()
    if (step === undefined) return
    try {
      step()
    } finally {
      this.undo()
    }
  }
}
