'use strict'
// npm's request, which is not developed any more and much used.
const request = require('request')
const { walk, begin } = require('./walk.cjs')

const ask = (options) => new Promise((resolve, reject) => {
  request({ followRedirect: false, encoding: null, ...options }, (error, reply, bytes) => {
    if (error) return reject(error)
    resolve({ location: reply.headers.location, text: bytes.toString(), bytes })
  })
})

begin(walk({
  get: (url) => ask({ url }),
  post: (url, body) => ask({ url, method: 'POST', body: JSON.stringify(body) })
}))
