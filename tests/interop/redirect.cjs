'use strict'
// Loaded with `node --require`: every TLS connection goes to 127.0.0.1 and the port in
// INTEROP_PORT, whatever host it is for. Names and certificates are checked as ever.

const https = require('https')

class LocalAgent extends https.Agent {
  createConnection (options, callback) {
    const { host } = options
    return super.createConnection(
      { ...options, host: '127.0.0.1', port: Number(process.env.INTEROP_PORT), servername: host },
      callback
    )
  }
}

https.globalAgent = new LocalAgent()
