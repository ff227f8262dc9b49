import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

const dayMs = 86_400_000
const dnsName = 2
const ipAddress = 7

/** A certificate for names and loopback that signs itself: whoever trusts it (`NODE_EXTRA_CA_CERTS`) trusts the server that shows it. */
export const selfSignedCertificate = (names: readonly string[]): Certificate => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  const certificate = forge.pki.createCertificate()
  const subject = [{ name: 'commonName', value: 'loopback cloud' }]
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
  certificate.serialNumber = '01'
  certificate.validity.notBefore = new Date(Date.now() - dayMs)
  certificate.validity.notAfter = new Date(Date.now() + dayMs)
  certificate.setSubject(subject)
  certificate.setIssuer(subject)
  const altNames = [...names.map((value) => ({ type: dnsName, value })), { type: ipAddress, ip: '127.0.0.1' }]
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames },
  ])
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create())
  return { key: privateKey, cert: forge.pki.certificateToPem(certificate) }
}
