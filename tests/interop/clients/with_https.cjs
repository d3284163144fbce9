'use strict'
// Node's own https, with an agent of the client's own, as many libraries have.
const https = require('https')
const { walk, begin } = require('./walk.cjs')

const agent = new https.Agent({ keepAlive: true })

const ask = (url, method, body) => new Promise((resolve, reject) => {
  const request = https.request(url, { method, agent }, (reply) => {
    const chunks = []
    reply.on('data', (chunk) => chunks.push(chunk))
    reply.on('end', () => {
      const bytes = Buffer.concat(chunks)
      resolve({ location: reply.headers.location, text: bytes.toString(), bytes })
    })
  })
  request.on('error', reject)
  request.end(body)
})

begin(walk({
  get: (url) => ask(url, 'GET'),
  post: (url, body) => ask(url, 'POST', JSON.stringify(body))
}).finally(() => agent.destroy()))
