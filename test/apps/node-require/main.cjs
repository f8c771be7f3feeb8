const { check } = require('./check.js')
const { entries } = require('./entries.js')

void check(entries).then(answer => console.log(JSON.stringify(answer)))
