// An API's server as it is written in Node: it parses the request, builds the documented
// structure again, and verifies the signature over what JSON.stringify makes of that. It
// knows nothing of the SDK. node verifier.js PUBLIC_KEY.pem [BASE_PATH] prints its port;
// it ends with its standard input.
const { createServer } = require('node:http')
const { readFileSync } = require('node:fs')
const { verify } = require('node:crypto')

const publicKey = readFileSync(process.argv[2])
const basePath = process.argv[3] || ''
const seen = new Set()

const answers = {
  'GET /client': () => ({ id: 'cli_1', name: 'Shop', status: 'active' }),
  'POST /user/login': ({ body }) => body.password ? { state: 'succeeded', userToken: 'tok_1', userId: 'usr_1' }
    : { reqToken: 'req 1/&"<é', url: 'https://login.example.com/1' },
  'GET /user/login': ({ id }) => ({ state: 'succeeded', reqToken: id, userToken: 'tok_1', userId: 'usr_1' }),
  'POST /device': ({ body }) => ({ ...body, id: 'dev 1/&"<é' }),
  'GET /device': ({ id }) => ({ id, deviceId: 'd-1' }),
}

function refusal({ endpoint, method, body }, got) {
  const headers = {}
  for (const name of ['x-client-key', 'x-token', 'x-request-id', 'x-version']) {
    if (got[name] !== undefined) headers[name] = got[name]
    else if (name !== 'x-token') return `no ${name}`
  }
  if (!got['x-signature']) return 'no x-signature'
  if (seen.has(got['x-request-id'])) return 'the request id was seen before'
  seen.add(got['x-request-id'])
  const text = JSON.stringify({ endpoint, method, headers, body })
  if (!verify('RSA-SHA256', text, publicKey, Buffer.from(got['x-signature'], 'base64'))) return 'the signature does not verify'
}

createServer(async (req, res) => {
  const chunks = []
  for await (const chunk of req) chunks.push(chunk)
  const raw = Buffer.concat(chunks).toString()
  const request = { endpoint: req.url.slice(basePath.length), method: req.method, body: raw ? JSON.parse(raw) : {} }
  const message = refusal(request, req.headers)
  const { pathname, searchParams } = new URL(request.endpoint, 'http://localhost')
  const answer = answers[`${req.method} ${pathname}`] || (request => ({ echo: request }))
  res.writeHead(message ? 401 : 200, { 'Content-Type': 'application/json' })
  res.end(JSON.stringify(message ? { message } : answer({ ...request, id: searchParams.get('id') })))
}).listen(0, '127.0.0.1', function () { console.log(this.address().port) })

process.stdin.on('end', () => process.exit()).resume()
