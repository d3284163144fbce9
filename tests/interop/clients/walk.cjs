'use strict'
// What each Node client does here: with nothing but the real addresses, as it comes.
// A client is { post, get }: functions of an address that give { location, text, bytes }.

const { gunzipSync } = require('zlib')

const API = 'https://api.branch.io'
const { BRANCH_KEY, BRANCH_SECRET, EXPORT_DATE } = process.env
const LINK = {
  branch_key: BRANCH_KEY, channel: 'email', data: { $desktop_url: 'https://example.com/' }
}
const EXPORT = { branch_key: BRANCH_KEY, branch_secret: BRANCH_SECRET, export_date: EXPORT_DATE }
const viewOf = (url) => `${API}/v1/url?${new URLSearchParams({ url, branch_key: BRANCH_KEY })}`

const tell = ({ made, view, location, file, bytes }) => {
  const columns = gunzipSync(bytes).toString().split('\n')[0].trim()
  console.log(JSON.stringify({ made, channel: view.channel, location, file, columns }))
}

const walk = async ({ post, get }) => {
  const made = JSON.parse((await post(`${API}/v1/url`, LINK)).text).url
  const view = JSON.parse((await get(viewOf(made))).text)
  const { location } = await get(made)
  const file = JSON.parse((await post(`${API}/v2/export`, EXPORT)).text).links_export_url[0]
  const { bytes } = await get(file)
  tell({ made, view, location, file, bytes })
}

const begin = (work) => work.catch((error) => {
  console.error(error)
  process.exitCode = 1
})

module.exports = { API, LINK, EXPORT, viewOf, tell, walk, begin }
