'use strict'
// Loaded with `node --require` by `branch-mock run`. Before 22.21 and 24.5 Node's own http, https
// and fetch take no proxy from the environment, and later only with NODE_USE_ENV_PROXY, and even so
// not where a client brings an Agent of its own. Here every Agent of http and https, and fetch,
// open their connections through HTTP_PROXY and HTTPS_PROXY, unless they know a proxy already.
// Only public hooks: Agent.createConnection, and undici's `connect` option and global dispatcher.

const http = require('http')
const https = require('https')
const net = require('net')
const tls = require('tls')

const DISPATCHER = Symbol.for('undici.globalDispatcher.1')

const proxyOf = (protocol) => {
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy'
  const value = process.env[name] || process.env[name.toUpperCase()]
  return value ? new URL(value) : null
}

const plain = (host) => String(host).toLowerCase().replace(/^\[|\]$/g, '').replace(/\.$/, '')

const goesDirectly = (host) => {
  const named = (process.env.no_proxy || process.env.NO_PROXY || '').toLowerCase()
  return named.split(/[\s,]+/).filter(Boolean).some((entry) => {
    if (entry === '*') return true
    const name = plain(entry.replace(/^\*?\./, ''))
    return plain(host) === name || plain(host).endsWith(`.${name}`)
  })
}

// Gives a socket that leads to host and port, by a tunnel that the proxy makes.
const openTunnel = (proxy, host, port, done) => {
  const name = net.isIPv6(plain(host)) ? `[${plain(host)}]` : host
  const request = http.request({
    method: 'CONNECT',
    path: `${name}:${port}`,
    headers: { host: `${name}:${port}` },
    createConnection: () => net.connect(Number(proxy.port) || 80, plain(proxy.hostname))
  })
  request.once('error', done)
  request.once('connect', (answer, socket) => {
    request.off('error', done)
    if (answer.statusCode === 200) return done(null, socket)
    socket.destroy()
    const error = new Error(`the proxy answered ${answer.statusCode} ${answer.statusMessage}`)
    done(Object.assign(error, { code: 'ECONNREFUSED' }))
  })
  request.end()
}

const wrapAgent = (module, protocol, defaultPort) => {
  const prototype = module.Agent.prototype
  const connectDirectly = prototype.createConnection
  prototype.createConnection = function (options, callback) {
    const host = (options && (options.host || options.hostname)) || 'localhost'
    const proxy = proxyOf(protocol)
    const knowsOne = this.options && this.options.proxyEnv
    if (!proxy || knowsOne || options.socketPath || options.socket || goesDirectly(host)) {
      return connectDirectly.apply(this, arguments)
    }
    openTunnel(proxy, host, options.port || defaultPort, (error, socket) => {
      if (error) return callback(error)
      if (protocol === 'http:') return callback(null, socket)
      callback(null, connectDirectly.call(this, { ...options, socket }))
    })
  }
}

// What undici's `connect` option takes: a function that opens connections.
const connect = ({ hostname, protocol, port, servername }, callback) => {
  const secure = protocol === 'https:'
  const target = Number(port) || (secure ? 443 : 80)
  const finish = (socket, event) => {
    socket.once('error', callback)
    socket.once(event, () => {
      socket.off('error', callback)
      callback(null, socket)
    })
  }
  const secured = (options) => {
    const name = servername || plain(hostname)
    const sent = net.isIP(name) ? {} : { servername: name }
    finish(tls.connect({ ...options, ...sent, ALPNProtocols: ['http/1.1'] }), 'secureConnect')
  }
  const proxy = proxyOf(protocol)
  if (!proxy || goesDirectly(hostname)) {
    const where = { host: plain(hostname), port: target }
    return secure ? secured(where) : finish(net.connect(where), 'connect')
  }
  openTunnel(proxy, hostname, target, (error, socket) => {
    if (error) return callback(error)
    if (secure) secured({ socket })
    else callback(null, socket)
  })
}

wrapAgent(http, 'http:', 80)
wrapAgent(https, 'https:', 443)
// Looking at Response loads Node's own undici, which then has made its dispatcher: an Agent, or
// one of another name where the environment's proxy is known to it.
const dispatcher = globalThis.Response && globalThis[DISPATCHER]
if (dispatcher && dispatcher.constructor.name === 'Agent') {
  globalThis[DISPATCHER] = new dispatcher.constructor({ connect })
}
