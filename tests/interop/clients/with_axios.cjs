'use strict'
// npm's axios in the version that is named: axios (0.20) or axios1.
const axios = require(process.argv[2])
const { walk, begin } = require('./walk.cjs')

const options = { maxRedirects: 0, responseType: 'arraybuffer', validateStatus: () => true }
const taken = ({ headers, data }) => {
  const bytes = Buffer.from(data)
  return { location: headers.location, text: bytes.toString(), bytes }
}

begin(walk({
  get: async (url) => taken(await axios.get(url, options)),
  post: async (url, body) => taken(await axios.post(url, body, options))
}))
