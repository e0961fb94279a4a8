// What the OpenAPI document says besides the routes, which are generated from their schemas.

/** The API's version: the first part of every path. */
export const API_VERSION = '1'

export const about = {
  openapi: '3.1.0',
  info: {
    title: 'Weft',
    version: API_VERSION,
    description:
      'HTTP API of a Weft node. Publishing gives a ticket that is named by the blobId; reading ends by a deadline with an ' +
      'honest answer. 404 means surely not there, 410 no longer kept, 429 and 503 ask again (Retry-After).',
    license: { name: 'Apache-2.0 OR MIT' },
  },
  components: {
    securitySchemes: {
      bearer: {
        type: 'http' as const,
        scheme: 'bearer',
        description: 'made with `weft token create`; not wanted on this machine while there are no tokens',
      },
    },
  },
  security: [{ bearer: [] }],
}
