import test from 'ava'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import { createNobleBls } from '../../../src/chain/bls-noble.ts'
import { decryptKey, encryptKey } from '../../../src/cli/keys/keystore.ts'

// The two test vectors of EIP-2335: one secret, one passphrase (𝔱𝔢𝔰𝔱𝔭𝔞𝔰𝔰𝔴𝔬𝔯𝔡🔑), PBKDF2 and scrypt.
const secret = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f'
const publicKey =
  '9612d7a727c9d0a22e185a1c768478dfe919cada9266988cb32359c11f2b7b27f4ae4040902382ae2910c15e2b420d07'
const passphrase =
  '\u{1d531}\u{1d522}\u{1d530}\u{1d531}\u{1d52d}\u{1d51e}\u{1d530}\u{1d530}\u{1d534}\u{1d52c}\u{1d52f}\u{1d521}\u{1f511}'
const salt = 'd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3'
const published = {
  pbkdf2: {
    kdf: { function: 'pbkdf2', params: { dklen: 32, c: 262144, prf: 'hmac-sha256', salt }, message: '' },
    checksum: {
      function: 'sha256',
      params: {},
      message: '8a9f5d9912ed7e75ea794bc5a89bca5f193721d30868ade6f73043c6ea6febf1',
    },
    cipher: {
      function: 'aes-128-ctr',
      params: { iv: '264daa3f303d7259501c93d997d84fe6' },
      message: 'cee03fde2af33149775b7223e7845e4fb2c8ae1792e5f99fe9ecf474cc8c16ad',
    },
  },
  scrypt: {
    kdf: { function: 'scrypt', params: { dklen: 32, n: 262144, p: 1, r: 8, salt }, message: '' },
    checksum: {
      function: 'sha256',
      params: {},
      message: 'd2217fe5f3e9a1e34581ef8a78f7c9928e436d36dacc5e846690a5581e8ea484',
    },
    cipher: {
      function: 'aes-128-ctr',
      params: { iv: '264daa3f303d7259501c93d997d84fe6' },
      message: '06ae90d55fe0a6e9c5c3bc5b170827b2e5cce3929ed3f116c2811e6366dfe20f',
    },
  },
}

for (const [name, crypto] of Object.entries(published)) {
  test(`the ${name} keystore that EIP-2335 publishes opens`, async (t) => {
    const keystore = {
      crypto,
      description: 'a test vector',
      pubkey: publicKey,
      path: 'm/12381/60/3141592653/589793238',
      uuid: '1d85ae20-35c5-4611-98e8-aa14a633906f',
      version: 4,
    }
    t.is(toHex(await decryptKey(JSON.stringify(keystore), passphrase, 'vector')), secret)
  })
}

test('a key comes back out of its keystore with its passphrase only, and its text tells nothing of it', async (t) => {
  const key = fromHex(secret, 32)!
  const text = await encryptKey(key, createNobleBls().publicKeyOf(key), 'correct horse battery')
  t.false(text.includes(secret.slice(20)))
  t.is((JSON.parse(text) as { pubkey: string }).pubkey, publicKey)
  t.deepEqual(await decryptKey(text, 'correct horse battery', 'k'), key)
  const wrong = await t.throwsAsync(decryptKey(text, 'correct horse batterz', 'k'), { code: 'usage' })
  t.regex(wrong.message, /expected the passphrase of k, got another/)
  for (const rubbish of ['', '{}', 'null', '[1]', text.slice(0, 200), text.replace('"pbkdf2"', '"none"')]) {
    await t.throwsAsync(decryptKey(rubbish, 'x', 'k'), { code: 'usage' }, rubbish.slice(0, 20))
  }
})
