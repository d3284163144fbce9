// Node's own fetch.
import walking from './walk.cjs'

const ask = async (url, options) => {
  const reply = await fetch(url, { redirect: 'manual', ...options })
  const bytes = Buffer.from(await reply.arrayBuffer())
  return { location: reply.headers.get('location'), text: bytes.toString(), bytes }
}

await walking.walk({
  get: (url) => ask(url),
  post: (url, body) => ask(url, { method: 'POST', body: JSON.stringify(body) })
})
