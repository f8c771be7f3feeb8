const { port } = new SharedWorker(new URL('./worker.js', import.meta.url), { type: 'module' })
port.addEventListener('message', ({ data }) => {
  document.documentElement.dataset.result = JSON.stringify(data)
})
port.start()
