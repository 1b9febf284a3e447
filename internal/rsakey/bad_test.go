package rsakey

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func generate(size int) *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, size)) }

func publicDER() []byte { return must(x509.MarshalPKIXPublicKey(&fixed().key.PublicKey)) }

var selfSigned = sync.OnceValue(func() []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1e9, 0)}
	return must(x509.CreateCertificate(rand.Reader, template, template, &fixed().key.PublicKey, fixed().key))
})

var smallKey = sync.OnceValue(func() *rsa.PrivateKey { return generate(1536) })

// unbalanced is the fixed key with one number changed.
func unbalanced(change func(*pkcs1Numbers)) []byte {
	var numbers pkcs1Numbers
	must(asn1.Unmarshal(fixed().pkcs1, &numbers))
	change(&numbers)
	return must(asn1.Marshal(numbers))
}

type pkcs1Numbers struct {
	Version                     int
	N, E, D, P, Q, DP, DQ, QInv *big.Int
}

// sshLine is a line of authorized_keys.
func sshLine() string {
	key := &fixed().key.PublicKey
	var blob []byte
	for _, part := range [][]byte{[]byte("ssh-rsa"), big.NewInt(int64(key.E)).Bytes(), append([]byte{0}, key.N.Bytes()...)} {
		blob = append(binary.BigEndian.AppendUint32(blob, uint32(len(part))), part...)
	}
	return "ssh-rsa " + base64.StdEncoding.EncodeToString(blob) + " ops@example.com"
}

func jwk() string {
	n := func(i *big.Int) string { return base64.RawURLEncoding.EncodeToString(i.Bytes()) }
	k := fixed().key
	return `{"kty":"RSA","n":"` + n(k.N) + `","e":"AQAB","d":"` + n(k.D) + `","p":"` + n(k.Primes[0]) + `","q":"` + n(k.Primes[1]) + `"}`
}

func dotNetXML() string {
	n := func(i *big.Int) string { return base64.StdEncoding.EncodeToString(i.Bytes()) }
	k := fixed().key
	return "<RSAKeyValue><Modulus>" + n(k.N) + "</Modulus><Exponent>AQAB</Exponent><D>" + n(k.D) + "</D></RSAKeyValue>"
}

// lossy is what becomes of bytes that are read as text and written again.
func lossy(data []byte) string { return strings.ToValidUTF8(string(data), "\ufffd") }

// latin1 is what becomes of bytes that are read as ISO 8859-1 and written as UTF-8.
func latin1(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// refusals are what Parse refuses, by what it says.
func refusals() map[string]map[string]string {
	k := fixed()
	ec := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	sec1 := must(x509.MarshalECPrivateKey(ec))
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	var x25519 crypto.PrivateKey = must(ecdh.X25519().GenerateKey(rand.Reader))
	dsa := must(asn1.Marshal(struct{ V, P, Q, G, Y, X *big.Int }{big.NewInt(0), k.key.N, k.key.Primes[0], k.key.D, k.key.D, k.key.Primes[1]}))
	request := must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, k.key))
	certificate := armoured("CERTIFICATE", selfSigned())
	other := armoured("PRIVATE KEY", pkcs8(otherKey()))
	huge := unbalanced(func(n *pkcs1Numbers) { n.N = new(big.Int).Lsh(n.N, 16384) })
	body := b64(string(k.pkcs8))
	broken := selfSigned()[:100]
	all := lines(k.pem)
	without := func(from, to int) string {
		return strings.Join(append(append([]string{}, all[:from]...), all[to:]...), "\n")
	}
	return map[string]map[string]string{
		"the private key is empty: pass the content of its PEM file, or set COREAPI_PRIVATE_KEY_FILE to the file's path": {
			"nothing":          "",
			"white space":      " \r\n\t\u00a0\n",
			"a BOM":            "\ufeff",
			"a UTF-16 BOM":     "\xff\xfe\r\x00\n\x00",
			"empty quotes":     `""`,
			"zero bytes":       "\x00\x00",
			"quoted blanks":    "' '",
			"base64 of blanks": b64(strings.Repeat("\n", 200)),
		},
		"the private key is larger than 256 KiB, so it is some other file: pass the file that holds the key alone, which takes a few kilobytes": {
			"a key and a long rest": k.pem + strings.Repeat("\n", maxSize),
		},
		"the private key looks like a file's name or path: pass the file's content, or set COREAPI_PRIVATE_KEY_FILE to the path": {
			"a path that is base64":      "/run/secrets/key",
			"a path":                     "/etc/fypass/key.pem\n",
			"a relative path":            "secrets/fypass/key",
			"a path with ./":             "./key",
			"a path with ..":             "../keys/fypass",
			"a home":                     "~/keys/fypass",
			"a variable's path":          "$HOME/keys/fypass",
			"a path of Windows":          `C:\new\rsa\key.pem`,
			"a relative one of Windows":  `keys\new`,
			"a share of Windows":         `\\server\keys\new`,
			"a profile's path":           `%USERPROFILE%\key`,
			"a file's name":              "key.pem",
			"a file's name with a blank": `"my key.der"`,
			"a file's name of SSH":       "id_rsa",
			"a file's address":           "file:" + "//" + "/etc/key",
			"an argument of curl":        "@key.pem",
		},
		"the private key looks like an address, on the web or in a secret store: fetch what it points to, and pass the content of the PEM file": {
			"a web address":             "https://vault.example.com/v1/key.pem",
			"an address of AWS":         "arn:aws:secretsmanager:eu-west-1:123456789012:secret:fypass",
			"an address of 1Password":   "op://vault/fypass/key",
			"an address of HashiCorp's": "vault:secret/data/fypass#key",
		},
		"the private key looks like the client key: the two arguments or variables may be swapped; pass the client key in its own place, and the content of the PEM file here": {
			"a client key":           "CK00001",
			"a word":                 "secrets",
			"a client key, quoted":   `"CK00001"` + "\n",
			"a client key in UTF-16": "\xff\xfeC\x00K\x000\x00001\x00"[:10],
			"a UUID":                 "0b9f5a3c-9d0c-4f0e-8a53-0c6fd3c3f0aa",
			"64 hex digits":          strings.Repeat("0f9a", 16),
			"short base64":           "q83/EjRWeJCrze8=",
			"letters that decode to an empty sequence": "MAA=",
		},
		"the private key is a placeholder that nothing has filled in: check the step that puts the secret in its place, and pass the content of the PEM file": {
			"a variable":             "$KEY",
			"a variable in braces":   "${KEY}",
			"a command":              "$(cat key.pem)",
			"a variable of Windows":  "%KEY%",
			"a template":             "{{ .Values.key }}",
			"a template of GitHub":   "${{ env.KEY }}",
			"angle brackets":         "<your key here>",
			"a mask":                 "[redacted]",
			"stars":                  "********",
			"JavaScript's undefined": "undefined",
			"JavaScript's object":    "[object Object]",
			"changeme":               "CHANGEME",
		},
		"the private key is a token (JWT), not a key: pass the content of the private key's PEM file": {
			"a JWT":             "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
			"a JWT with Bearer": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
		},
		"the private key is a public key, which cannot sign: pass the private key that belongs to it": {
			"PEM":                    armoured("PUBLIC KEY", publicDER()),
			"DER":                    string(publicDER()),
			"base64":                 b64(string(publicDER())),
			"PKCS#1 PEM":             armoured("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&k.key.PublicKey)),
			"PKCS#1 DER":             string(x509.MarshalPKCS1PublicKey(&k.key.PublicKey)),
			"under a private label":  armoured("PRIVATE KEY", publicDER()),
			"damaged":                armoured("PUBLIC KEY", publicDER()[:99]),
			"a line of SSH":          sshLine(),
			"a line of SSH, Ed25519": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ",
			"PKCS#1, damaged":        armoured("RSA PUBLIC KEY", broken),
			"base64 of SSH, Ed25519": b64("\x00\x00\x00\x0bssh-ed25519" + strings.Repeat("k", 120)),
			"base64 of SSH, ECDSA":   b64("\x00\x00\x00\x13ecdsa-sha2-nistp256" + strings.Repeat("k", 120)),
			"base64 of SSH, DSA":     b64("\x00\x00\x00\x07ssh-dss" + strings.Repeat("k", 120)),
			"base64 of SSH":          strings.Fields(sshLine())[1],
			"RFC 4716":               "---- BEGIN SSH2 PUBLIC KEY ----\n" + strings.Fields(sshLine())[1] + "\n---- END SSH2 PUBLIC KEY ----",
			"base64 of the PEM":      b64(armoured("PUBLIC KEY", publicDER())),
		},
		"the private key is a certificate, which holds a public key only: pass the private key that belongs to it, often a file beside it that ends in .key": {
			"PEM":                  certificate,
			"a chain":              certificate + certificate,
			"DER":                  string(selfSigned()),
			"base64":               b64(string(selfSigned())),
			"damaged":              armoured("CERTIFICATE", broken),
			"damaged, old label":   armoured("X509 CERTIFICATE", broken),
			"with OpenSSL's trust": armoured("TRUSTED CERTIFICATE", append(selfSigned(), 0x30, 0)),
		},
		"the private key is a certificate request, which holds a public key only: pass the private key it was made with, often a file beside it that ends in .key": {
			"PEM":                armoured("CERTIFICATE REQUEST", request),
			"damaged":            armoured("CERTIFICATE REQUEST", broken),
			"damaged, old label": armoured("NEW CERTIFICATE REQUEST", broken),
			"old label":          armoured("NEW CERTIFICATE REQUEST", request),
			"DER":                string(request),
		},
		"the private key is PEM, but of another kind, with no private key in it: pass the PEM file of the RSA private key that the admin gave you": {
			"PKCS#7":     testdata("certificates.p7b"),
			"parameters": armoured("EC PARAMETERS", []byte{6, 1, 42}),
			"PGP":        "-----BEGIN PGP MESSAGE-----\n\nhF4D\n=ab12\n-----END PGP MESSAGE-----",
		},
		"the private key is JSON: take the value that holds the key out of it, and pass that value alone": {
			"a service account": `{"client": "CK00001", "privateKey": ` + inJSON(k.pem) + `}`,
			"a list":            `[` + inJSON(k.pem) + `]`,
			"an empty object":   "{}",
			"half an object":    `{"client": "CK00001", "privateKey": "MII`,
			"base64 of JSON":    b64(`{"privateKey": ` + inJSON(k.pem) + `}`),
		},
		"the private key is an XML or HTML document, maybe a server's error page: look at what wrote it, and pass the content of the private key's PEM file": {
			"a gateway's page": "<html><head><title>502 Bad Gateway</title></head></html>\n",
			"XML":              `<?xml version="1.0"?><key/>`,
		},
		"the private key has no BEGIN line that can be read, for it is cut off or an editor changed its dashes: pass the PEM file's content as it is, with five hyphens around BEGIN and END": {
			"dashes of an editor":  replaced(k.pem, "-----", "—–"),
			"a short BEGIN line":   "-----BEGIN PRIVATE",
			"no hyphens":           "BEGIN PRIVATE KEY\n" + body + "\nEND PRIVATE KEY",
			"four hyphens":         replaced(k.pem, "-----", "----"),
			"base64 of such a one": b64(replaced(k.pem, "-----", "—–")),
		},
		"the private key is in no form that is known: pass the content of its PEM file, from the BEGIN line to the END line, or the same in base64": {
			"words":                    "please ask the admin for it",
			"long base64":              strings.Repeat("qrvM", 100),
			"binary":                   "\x89PNG\r\n\x1a\n\x00\x00",
			"hex of DER":               strings.Repeat("3082", 100),
			"base64 too many times":    b64(b64(b64(k.pem))),
			"a certificate of nothing": "\x30\x08\x30\x02\x02\x05\x30\x00\x03\x00",
			"an unknown structure":     "\x30\x03\x04\x01\x00",
		},
		"the private key is an elliptic-curve (EC) key, but the API needs RSA: pass the RSA private key that the admin gave you": {
			"SEC1 PEM":        armoured("EC PRIVATE KEY", sec1),
			"SEC1, damaged":   armoured("EC PRIVATE KEY", broken),
			"SEC1 DER":        string(sec1),
			"SEC1 base64":     b64(string(sec1)),
			"PKCS#8 PEM":      armoured("PRIVATE KEY", pkcs8(ec)),
			"PKCS#8 DER":      string(pkcs8(ec)),
			"PKCS#8 base64":   b64(string(pkcs8(ec))),
			"with parameters": armoured("EC PARAMETERS", []byte{6, 1, 42}) + armoured("EC PRIVATE KEY", sec1),
			"OpenSSH":         testdata("openssh-ecdsa.pem"),
		},
		"the private key is an Ed25519 key, but the API needs RSA: pass the RSA private key that the admin gave you": {
			"PEM":       armoured("PRIVATE KEY", pkcs8(ed)),
			"DER":       string(pkcs8(ed)),
			"base64":    b64(string(pkcs8(ed))),
			"base64url": base64.RawURLEncoding.EncodeToString(pkcs8(ed)),
			"OpenSSH":   testdata("openssh-ed25519.pem"),
		},
		"the private key is an RSA key for PSS signatures only, but the API needs PKCS#1 v1.5: pass the plain RSA private key that the admin gave you": {
			"PEM": testdata("rsa-pss.pem"),
		},
		"the private key is of a kind other than RSA: pass the RSA private key that the admin gave you": {
			"X25519":       armoured("PRIVATE KEY", pkcs8(x25519)),
			"DSA, damaged": armoured("DSA PRIVATE KEY", broken),
			"DSA in DER":   string(dsa),
			"DSA":          armoured("DSA PRIVATE KEY", dsa),
		},
		"the private key is an RSA key of fewer than 2,048 bits: pass the RSA private key of 2,048 bits or more that the admin gave you": {
			"PKCS#8":         armoured("PRIVATE KEY", pkcs8(smallKey())),
			"PKCS#1":         armoured("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(smallKey())),
			"DER":            string(pkcs8(smallKey())),
			"one bit less":   string(unbalanced(func(n *pkcs1Numbers) { n.N.Rsh(n.N, 1) })),
			"a modulus of 0": string(unbalanced(func(n *pkcs1Numbers) { n.N.SetInt64(0) })),
		},
		"the private key is an RSA key of more than 16,384 bits: pass the RSA private key of 2,048 bits that the admin gave you": {
			"a modulus":      string(huge),
			"another number": string(unbalanced(func(n *pkcs1Numbers) { n.D.Lsh(n.D, 8*16384) })),
		},
		"the private key is given together with another one: pass only the one that belongs to the client key": {
			"two RSA keys":              k.pem + other,
			"the second one, encrypted": k.pem + testdata("encrypted-pkcs8.pem"),
			"the second one, EC":        armoured("EC PRIVATE KEY", sec1) + k.pem,
			"base64 of two":             b64(k.pem + other),
			"two and a certificate":     k.pem + certificate + other,
		},
		"the private key is encrypted with a passphrase: run openssl pkey -in key.pem -out plain.pem, which asks for it, and pass the content of plain.pem": {
			"PKCS#8 PEM":             testdata("encrypted-pkcs8.pem"),
			"PKCS#8 DER":             string(derOf(testdata("encrypted-pkcs8.pem"))),
			"PKCS#8 base64":          b64(string(derOf(testdata("encrypted-pkcs8.pem")))),
			"PKCS#8, wrong label":    replaced(testdata("encrypted-pkcs8.pem"), "ENCRYPTED ", ""),
			"PKCS#8, damaged":        armoured("ENCRYPTED PRIVATE KEY", derOf(testdata("encrypted-pkcs8.pem"))[:200]),
			"legacy":                 testdata("encrypted-legacy.pem"),
			"legacy on one line":     replaced(testdata("encrypted-legacy.pem"), "\n", " "),
			`legacy, \n spelled out`: replaced(testdata("encrypted-legacy.pem"), "\n", `\n`),
			"legacy, a header lost":  replaced(testdata("encrypted-legacy.pem"), "Proc-Type: 4,ENCRYPTED\n", ""),
			"legacy, base64":         b64(testdata("encrypted-legacy.pem")),
			"with a certificate":     certificate + testdata("encrypted-pkcs8.pem"),
		},
		"the private key is in OpenSSH's own format: copy the file to copy.pem, run ssh-keygen -p -N '' -m PEM -f copy.pem, which rewrites it, and pass the content of copy.pem": {
			"PEM":       testdata("openssh.pem"),
			"encrypted": testdata("openssh-encrypted.pem"),
			"base64":    b64(string(derOf(testdata("openssh.pem")))),
			"damaged":   armoured("OPENSSH PRIVATE KEY", []byte{1, 2, 3}),
		},
		"the private key is in PuTTY's format: run puttygen key.ppk -O private-openssh -o key.pem, or on Windows PuTTYgen with Conversions > Export OpenSSH key, and pass the content of key.pem": {
			"version 3": "PuTTY-User-Key-File-3: ssh-rsa\r\nEncryption: none\r\nComment: test\r\nPublic-Lines: 1\r\nAAAAB3NzaC1yc2EAAAAD\r\n",
		},
		"the private key is in a PKCS#12 file (.p12, .pfx): run openssl pkcs12 -in key.p12 -nocerts -nodes -out key.pem, which asks for its password, and pass the content of key.pem": {
			"DER":        testdata("pkcs12.p12"),
			"base64":     b64(testdata("pkcs12.p12")),
			"BER":        "\x30\x80\x02\x01\x03\x30\x80",
			"inside PEM": armoured("PRIVATE KEY", []byte(testdata("pkcs12.p12"))),
		},
		"the private key is in a Java keystore: run keytool -importkeystore -srckeystore key.jks -destkeystore key.p12 -deststoretype PKCS12, then openssl pkcs12 -in key.p12 -nocerts -nodes -out key.pem, and pass the content of key.pem": {
			"a keystore": "\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01",
		},
		`the private key is a JWK (JSON): put it into key.json, run node -p 'crypto.createPrivateKey({key: JSON.parse(fs.readFileSync("key.json")), format: "jwk"}).export({type: "pkcs8", format: "pem"})', and pass what it prints`: {
			"a JWK":         jwk(),
			"half a JWK":    jwk()[:700],
			"a set":         `{"keys": [` + jwk() + `]}`,
			"base64 of one": b64(jwk()),
			"in UTF-16":     "\xff\xfe" + inUTF16(binary.LittleEndian, jwk()),
		},
		"the private key is in .NET's XML format: load it there with FromXmlString, and pass what ExportPkcs8PrivateKeyPem returns": {
			"XML": dotNetXML(),
		},
		"the private key is still encrypted by a tool such as Ansible Vault or SOPS: decrypt it with that tool, and pass the content of the PEM file": {
			"Ansible": "$ANSIBLE_VAULT;1.1;AES256\n6231\n",
			"SOPS":    "ENC[AES256_GCM,data:kM2=,iv:a=,tag:b=,type:str]",
		},
		"the private key is cut off: a BEGIN or an END line is missing; pass the whole PEM file, and check that no variable or form field shortens it": {
			"no END line":               without(len(all)-1, len(all)),
			"half a PEM":                k.pem[:len(k.pem)/2],
			"half an END line":          strings.TrimSpace(k.pem)[:len(k.pem)-9],
			"no BEGIN line":             without(0, 1),
			"a BEGIN line only":         all[0],
			"no END before the next":    without(len(all)-1, len(all)) + "\n" + certificate,
			"the second one is cut off": k.pem + k.pem[:len(k.pem)/2],
			"two blocks out of order":   all[len(all)-1] + "\n" + all[1] + "\n" + all[0],
			"BEGIN for END":             all[0] + "\n" + body + "\n" + all[0],
			"END for BEGIN":             all[len(all)-1] + "\n" + body + "\n" + all[len(all)-1],
			"base64 of half a PEM":      b64(k.pem[:len(k.pem)/2]),
			"base64 of little PEM":      b64(k.pem)[:40],
		},
		"the private key is incomplete: a part of it is missing; pass the whole file, and check that no variable or form field shortens it": {
			"half the DER":        string(k.pkcs8[:len(k.pkcs8)/2]),
			"half the base64":     body[:len(body)/2/4*4],
			"little base64":       body[:64],
			"very little base64":  body[:8],
			"PEM without a line":  without(5, 6),
			"one character less":  replaced(k.pem, all[3], all[3][1:]),
			"an empty block":      without(1, len(all)-1),
			"PEM of half the DER": armoured("RSA PRIVATE KEY", k.pkcs1[:len(k.pkcs1)/2]),
			"three bytes of DER":  string(k.pkcs8[:3]),
		},
		"the private key is damaged: it holds characters that base64 does not have, or lost some; pass the file's content as it is": {
			"a star":                replaced(k.pem, all[3][10:20], "**********"),
			"dots for the middle":   all[0] + "\nMIIEvg...\n" + all[len(all)-1],
			"in base64, a star":     replaced(body, body[100:110], "**********"),
			"padding in the middle": replaced(k.pem, all[3], all[3][:60]+"===="),
		},
		"the private key is damaged: its bytes are not the structure of a key; pass the file's content as it is": {
			"DER and more":               string(k.pkcs8) + "more",
			"lost backslashes":           replaced(k.pem, "\n", "n"),
			"a length of too many bytes": "\x30\x81\x03\x02\x01\x00",
			"a length that is not given": "\x30\x80\x02\x01\x00\x00\x00",
			"a length of five bytes":     "\x30\x85\x00\x00\x00\x00\x03\x02\x01\x00",
			"PKCS#8 of no algorithm":     "\x30\x07\x02\x01\x00\x30\x00\x04\x00",
			"DER twice":                  string(k.pkcs8) + string(k.pkcs8),
			"a length changed":           replaced(string(k.pkcs1), "\x02\x82\x01\x01", "\x02\x82\x01\x02"),
			"PKCS#8 of nothing":          armoured("PRIVATE KEY", must(asn1.Marshal(pkcs8Structure{Algorithm: algorithmRSA, Key: []byte{}}))),
			"PKCS#8 of a public key":     armoured("PRIVATE KEY", must(asn1.Marshal(pkcs8Structure{Algorithm: algorithmRSA, Key: publicDER()}))),
		},
		"the private key is damaged: its numbers do not belong together, so something in it was changed; pass the file's content as it is": {
			"another modulus":         string(unbalanced(func(n *pkcs1Numbers) { n.N.Add(n.N, big.NewInt(2)) })),
			"another exponent":        string(unbalanced(func(n *pkcs1Numbers) { n.D.Add(n.D, big.NewInt(2)) })),
			"another prime":           string(unbalanced(func(n *pkcs1Numbers) { n.P.Add(n.P, big.NewInt(2)) })),
			"an even modulus":         string(unbalanced(func(n *pkcs1Numbers) { n.N.Add(n.N, big.NewInt(1)) })),
			"a prime of 0":            string(unbalanced(func(n *pkcs1Numbers) { n.P.SetInt64(0) })),
			"an exponent of 0":        string(unbalanced(func(n *pkcs1Numbers) { n.E.SetInt64(0) })),
			"a public exponent of 1":  string(unbalanced(func(n *pkcs1Numbers) { n.E.SetInt64(1) })),
			"negative numbers":        string(unbalanced(func(n *pkcs1Numbers) { n.D.Neg(n.D) })),
			"a wrong CRT coefficient": string(unbalanced(func(n *pkcs1Numbers) { n.QInv.Add(n.QInv, big.NewInt(1)) })),
			"one character of PEM":    swapped(k.pem, all[9][30:40]),
		},
		"the private key is binary (DER) that was read as text, which damages it: pass the file's bytes as they are, or in base64": {
			"read as UTF-8":      lossy(k.pkcs8),
			"read as ISO 8859-1": latin1(k.pkcs8),
			"base64 of it":       b64(lossy(k.pkcs8)),
		},
	}
}

type pkcs8Structure struct {
	Version   int
	Algorithm []asn1.ObjectIdentifier
	Key       []byte
}

var algorithmRSA = []asn1.ObjectIdentifier{{1, 2, 840, 113549, 1, 1, 1}}

// swapped exchanges the case of a part of text.
func swapped(text, part string) string {
	return strings.Replace(text, part, strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, part), 1)
}

func TestParseRefusesWithASentenceOfItsOwn(t *testing.T) {
	for want, inputs := range refusals() {
		for name, input := range inputs {
			t.Run(name, func(t *testing.T) {
				key, err := Parse([]byte(input))
				require.Nil(t, key)
				require.EqualError(t, err, want)
			})
		}
	}
}

func TestEachSentenceIsTriedAndSaysWhatToPass(t *testing.T) {
	tried := refusals()
	require.Len(t, tried, len(sentences()))
	for _, sentence := range sentences() {
		require.Contains(t, tried, sentence)
		require.Regexp(t, `^the private key (is|has|looks) .*(: .*|; )(pass|set|run|take|load|copy|put|fetch|check|look|decrypt)`, sentence)
		require.NotRegexp(t, `\n|\.$`, sentence)
	}
}
