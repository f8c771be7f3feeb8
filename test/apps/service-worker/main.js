await navigator.serviceWorker.register(new URL('./worker.js', import.meta.url), { type: 'module' })
navigator.serviceWorker.addEventListener('message', ({ data }) => {
  document.documentElement.dataset.result = JSON.stringify(data)
})
navigator.serviceWorker.startMessages()
const { active } = await navigator.serviceWorker.ready
active.postMessage('check')
