// Writes docs/openapi.json: npm run docs:openapi. A test holds the file against what the routes generate.

import { writeFileSync } from 'node:fs'
import { openApiText } from './document.ts'

writeFileSync(new URL('../../docs/openapi.json', import.meta.url), await openApiText())
