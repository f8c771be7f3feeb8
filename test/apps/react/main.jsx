import { StrictMode, useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { relu } from 'webgpu-activations'
import { check } from './check.js'
import { entries } from './entries.js'
import { useDispatcher } from './use-dispatcher.jsx'

let effects = 0

function App() {
  const dispatcher = useDispatcher()
  useEffect(() => {
    effects += 1
  }, [])
  useEffect(() => {
    if (dispatcher === undefined) return
    void dispatcher.forward(relu(), Float32Array.of(-1, 2)).then(async y => {
      const answer = await check(entries)
      if (y.join() !== '0,2') answer.wrong.push(`relu of -1 and 2 is ${y.join()}`)
      if (effects !== 2) answer.wrong.push(`StrictMode ran an effect ${effects} times, not twice`)
      document.documentElement.dataset.result = JSON.stringify(answer)
    })
  }, [dispatcher])
  return <p>{dispatcher?.report.processor}</p>
}

createRoot(document.querySelector('#root')).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
