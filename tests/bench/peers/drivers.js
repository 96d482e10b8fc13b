'use strict'
// node drivers.js NAME '{"option": ...}': one end of a peer of the pipe. What it carries are the lines of a file, one
// JSON document each. When all have been carried it prints {"began_s", "ended_s"} by the monotonic clock. The trusted
// root comes in NODE_EXTRA_CA_CERTS; every connection is TLS.

const fs = require('fs')
const https = require('https')
const path = require('path')
// Installed beside the results, not beside this file.
const from = (name) => require(require.resolve(name, { paths: [process.env.PEERS_HOME] }))

const now = () => Number(process.hrtime.bigint()) / 1e9
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const documents = (file) => fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)
// How many of the queue were acknowledged, on the sender's disk: one sync at a time, each for all that came before it.
// Without it a sender that starts again would send everything again. `all` comes when the last is noted.
function notes (file, wanted) {
  const place = fs.openSync(file, 'w')
  let acknowledged = 0
  let noted = 0
  let busy = false
  let done
  const all = new Promise((resolve) => { done = resolve })
  const note = () => {
    if (busy || noted === acknowledged) return
    busy = true
    const now = acknowledged
    fs.write(place, String(now), 0, () => fs.fdatasync(place, () => {
      busy = false
      noted = now
      if (noted === wanted) done()
      else note()
    }))
  }
  return { all, count: () => { acknowledged++; note() } }
}
const say = (said) => process.stdout.write(JSON.stringify(said) + '\n')

async function pouchServer ({ directory, port, host, certificates, key }) {
  const express = from('express')
  const PouchDB = from('pouchdb').defaults({ prefix: directory + path.sep })
  const app = express()
  app.use(from('express-pouchdb')(PouchDB, {
    mode: 'minimumForPouchDB', logPath: path.join(directory, 'log.txt'), configPath: path.join(directory, 'config.json')
  }))
  const options = { cert: fs.readFileSync(certificates), key: fs.readFileSync(key) }
  https.createServer(options, app).listen(port, host, () => say({ listens: port }))
}

async function pouchPush ({ directory, url, file, batch }) {
  const PouchDB = from('pouchdb')
  const local = new PouchDB(path.join(directory, 'local'))
  if ((await local.info()).doc_count === 0) {
    const held = documents(file).map((line) => { const { id, ...rest } = JSON.parse(line); return { _id: id, ...rest } })
    await local.bulkDocs(held)
  }
  const wanted = (await local.info()).doc_count
  say({ ready: wanted })
  await new Promise((resolve) => process.stdin.once('data', resolve))
  const began = now()
  for (let written = 0; written < wanted;) {
    try {
      const remote = new PouchDB(url, { skip_setup: false })
      const result = await local.replicate.to(remote, { batch_size: batch, batches_limit: 10 })
      if (result.ok) written = wanted
    } catch (broken) {
      await pause(1000)
    }
  }
  say({ began_s: began, ended_s: now() })
  process.exit(0)
}

async function pouchCount ({ url }) {
  const PouchDB = from('pouchdb')
  say({ count: (await new PouchDB(url).info()).doc_count })
  process.exit(0)
}

async function mqttPublish ({ url, file, inFlight, kept }) {
  say({ ready: 1 })
  await new Promise((resolve) => process.stdin.once('data', resolve))
  const began = now()
  const lines = documents(file)
  const acknowledgements = notes(kept, lines.length)
  const client = from('mqtt').connect(url, {
    clean: false, clientId: 'village', reconnectPeriod: 1000, connectTimeout: 30000, keepalive: 60, protocolVersion: 4
  })
  client.on('error', () => {})
  let next = 0
  let acknowledged = 0
  const more = () => {
    while (next < lines.length && next - acknowledged < inFlight) {
      client.publish('records', lines[next++], { qos: 1 }, () => {
        acknowledged++
        acknowledgements.count()
        more()
      })
    }
  }
  client.once('connect', more)
  await acknowledgements.all
  say({ began_s: began, ended_s: now() })
  client.end(true, () => process.exit(0))
}

async function natsPublish ({ url, file, inFlight, timeoutMs, kept }) {
  const { connect } = from('@nats-io/transport-node')
  const { jetstream, jetstreamManager } = from('@nats-io/jetstream')
  say({ ready: 1 })
  await new Promise((resolve) => process.stdin.once('data', resolve))
  const began = now()
  const lines = documents(file)
  const acknowledgements = notes(kept, lines.length)
  const connection = await connect({
    servers: url, tls: {}, maxReconnectAttempts: -1, reconnectTimeWait: 1000, waitOnFirstConnect: true, timeout: 30000
  })
  await (await jetstreamManager(connection)).streams.add({ name: 'records', subjects: ['records'] })
  const stream = jetstream(connection)
  let next = 0
  const worker = async () => {
    while (next < lines.length) {
      const place = next++
      for (let stored = false; !stored;) {
        try {
          await stream.publish('records', lines[place], { msgID: String(place), timeout: timeoutMs })
          stored = true
          acknowledgements.count()
        } catch (late) {
          await pause(200)
        }
      }
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  await acknowledgements.all
  say({ began_s: began, ended_s: now() })
  process.exit(0)
}

async function natsCount ({ url }) {
  const { connect } = from('@nats-io/transport-node')
  const { jetstreamManager } = from('@nats-io/jetstream')
  const manager = await jetstreamManager(await connect({ servers: url, tls: {} }))
  let count = 0
  for await (const stream of manager.streams.list()) count += stream.state.messages
  say({ count })
  process.exit(0)
}

const drivers = { pouchServer, pouchPush, pouchCount, mqttPublish, natsPublish, natsCount }
drivers[process.argv[2]](JSON.parse(process.argv[3]))
