'use strict'
// Calls branchio-sdk: reads [[method, argument], ...] as JSON from standard input, and writes what
// came of each, {"value": ...} or {"status": ..., "error": ...}.

const { readFileSync } = require('fs')
const branch = require('branchio-sdk')

const { credentials, calls } = JSON.parse(readFileSync(0, 'utf8'))
const client = branch(credentials)

const attempt = async ([method, argument]) => {
  try {
    return { value: await client[method](argument) }
  } catch (error) {
    if (!error.response) throw error
    return { status: error.response.status, error: error.response.data }
  }
}

const main = async () => {
  const results = []
  for (const call of calls) results.push(await attempt(call))
  process.stdout.write(JSON.stringify(results))
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})
