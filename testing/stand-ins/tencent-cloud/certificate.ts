import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

/** A private key and its certificate, both as PEM text. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

const dayMs = 86_400_000
const dnsName = 2
const ipAddress = 7

/** Creates a self-signed certificate for host names and for 127.0.0.1. A client trusts it by `NODE_EXTRA_CA_CERTS`. */
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
