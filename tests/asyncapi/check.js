// Reads an AsyncAPI document from standard input and writes what the parser finds in it, one JSON object a line.
import { Parser } from '@asyncapi/parser'
import { text } from 'node:stream/consumers'

const { diagnostics } = await new Parser().parse(await text(process.stdin))
for (const { severity, code, path, message } of diagnostics) {
  console.log(JSON.stringify({ severity, code, path: path.join('.'), message }))
}
