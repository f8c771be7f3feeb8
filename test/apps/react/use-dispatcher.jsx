import { useEffect, useState } from 'react'
import { createDispatcher } from 'webgpu-activations'

/** The dispatcher of a component; undefined until it is there. */
export function useDispatcher() {
  const [dispatcher, setDispatcher] = useState()
  useEffect(() => {
    const controller = new AbortController()
    let made
    createDispatcher({ signal: controller.signal }).then(
      created => setDispatcher((made = created)),
      error => {
        if (!controller.signal.aborted) throw error
      },
    )
    return () => {
      controller.abort()
      made?.destroy()
    }
  }, [])
  return dispatcher
}
