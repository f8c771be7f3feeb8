import fc from 'fast-check'

// `npm test` is the same for everyone and every time; `npm run fuzz` looks for what other seeds find.
fc.configureGlobal({ seed: 20261130 })

export { fc }
