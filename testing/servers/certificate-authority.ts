import { generateKeyPairSync, randomBytes } from 'node:crypto'
import forge from 'node-forge'

/** A private key and its certificate, both as PEM text. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** A certificate authority for a test. */
export interface CertificateAuthority {
  /** The root certificate that a client must trust, as PEM text. */
  readonly cert: string
  /** Issues a certificate for host names. */
  readonly issue: (...hosts: readonly string[]) => Certificate
}

const dayMs = 86_400_000
const dnsName = 2
type Attributes = forge.pki.CertificateField[]

const createKeyPair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })

/** Creates a certificate authority that no system trusts. */
export const certificateAuthority = (name: string): CertificateAuthority => {
  const own = createKeyPair()
  const issuer = [{ name: 'commonName', value: name }]
  const sign = (publicKey: string, subject: Attributes, extensions: object[]): string => {
    const certificate = forge.pki.createCertificate()
    certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
    certificate.serialNumber = `01${randomBytes(8).toString('hex')}`
    certificate.validity.notBefore = new Date(Date.now() - dayMs)
    certificate.validity.notAfter = new Date(Date.now() + dayMs)
    certificate.setSubject(subject)
    certificate.setIssuer(issuer)
    certificate.setExtensions(extensions)
    certificate.sign(forge.pki.privateKeyFromPem(own.privateKey), forge.md.sha256.create())
    return forge.pki.certificateToPem(certificate)
  }
  return {
    cert: sign(own.publicKey, issuer, [{ name: 'basicConstraints', cA: true, critical: true }]),
    issue: (...hosts) => {
      const { publicKey, privateKey } = createKeyPair()
      const altNames = hosts.map((value) => ({ type: dnsName, value }))
      const subject = [{ name: 'commonName', value: hosts[0] ?? '' }]
      return { key: privateKey, cert: sign(publicKey, subject, [{ name: 'subjectAltName', altNames }]) }
    },
  }
}
