package rsakey

import (
	"errors"
	"slices"
)

// The sentences say what the input is, then what to pass. They are fixed and none
// quotes the input, so that no error can hold a part of a key.
var (
	errEmpty = errors.New("the private key is empty: pass the content of its PEM file, or set COREAPI_PRIVATE_KEY_FILE to the file's path")

	// Something else was passed.
	errTooLarge    = errors.New("the private key is larger than 256 KiB, so it is some other file: pass the file that holds the key alone, which takes a few kilobytes")
	errPath        = errors.New("the private key looks like a file's name or path: pass the file's content, or set COREAPI_PRIVATE_KEY_FILE to the path")
	errAddress     = errors.New("the private key looks like an address, on the web or in a secret store: fetch what it points to, and pass the content of the PEM file")
	errClientKey   = errors.New("the private key looks like the client key: the two arguments or variables may be swapped; pass the client key in its own place, and the content of the PEM file here")
	errPlaceholder = errors.New("the private key is a placeholder that nothing has filled in: check the step that puts the secret in its place, and pass the content of the PEM file")
	errToken       = errors.New("the private key is a token (JWT), not a key: pass the content of the private key's PEM file")
	errPublic      = errors.New("the private key is a public key, which cannot sign: pass the private key that belongs to it")
	errCertificate = errors.New("the private key is a certificate, which holds a public key only: pass the private key that belongs to it, often a file beside it that ends in .key")
	errRequest     = errors.New("the private key is a certificate request, which holds a public key only: pass the private key it was made with, often a file beside it that ends in .key")
	errOtherPEM    = errors.New("the private key is PEM, but of another kind, with no private key in it: pass the PEM file of the RSA private key that the admin gave you")
	errJSON        = errors.New("the private key is JSON: take the value that holds the key out of it, and pass that value alone")
	errMarkup      = errors.New("the private key is an XML or HTML document, maybe a server's error page: look at what wrote it, and pass the content of the private key's PEM file")
	errArmour      = errors.New("the private key has no BEGIN line that can be read, for it is cut off or an editor changed its dashes: pass the PEM file's content as it is, with five hyphens around BEGIN and END")
	errUnknown     = errors.New("the private key is in no form that is known: pass the content of its PEM file, from the BEGIN line to the END line, or the same in base64")

	// A private key that cannot be used.
	errEC       = errors.New("the private key is an elliptic-curve (EC) key, but the API needs RSA: pass the RSA private key that the admin gave you")
	errEd25519  = errors.New("the private key is an Ed25519 key, but the API needs RSA: pass the RSA private key that the admin gave you")
	errPSS      = errors.New("the private key is an RSA key for PSS signatures only, but the API needs PKCS#1 v1.5: pass the plain RSA private key that the admin gave you")
	errOtherKey = errors.New("the private key is of a kind other than RSA: pass the RSA private key that the admin gave you")
	errSmall    = errors.New("the private key is an RSA key of fewer than 2,048 bits: pass the RSA private key of 2,048 bits or more that the admin gave you")
	errHuge     = errors.New("the private key is an RSA key of more than 16,384 bits: pass the RSA private key of 2,048 bits that the admin gave you")
	errTwo      = errors.New("the private key is given together with another one: pass only the one that belongs to the client key")

	// A private key in a form to be converted.
	errEncrypted = errors.New("the private key is encrypted with a passphrase: run openssl pkey -in key.pem -out plain.pem, which asks for it, and pass the content of plain.pem")
	errOpenSSH   = errors.New("the private key is in OpenSSH's own format: copy the file to copy.pem, run ssh-keygen -p -N '' -m PEM -f copy.pem, which rewrites it, and pass the content of copy.pem")
	errPPK       = errors.New("the private key is in PuTTY's format: run puttygen key.ppk -O private-openssh -o key.pem, or on Windows PuTTYgen with Conversions > Export OpenSSH key, and pass the content of key.pem")
	errPKCS12    = errors.New("the private key is in a PKCS#12 file (.p12, .pfx): run openssl pkcs12 -in key.p12 -nocerts -nodes -out key.pem, which asks for its password, and pass the content of key.pem")
	errKeystore  = errors.New("the private key is in a Java keystore: run keytool -importkeystore -srckeystore key.jks -destkeystore key.p12 -deststoretype PKCS12, then openssl pkcs12 -in key.p12 -nocerts -nodes -out key.pem, and pass the content of key.pem")
	errJWK       = errors.New(`the private key is a JWK (JSON): put it into key.json, run node -p 'crypto.createPrivateKey({key: JSON.parse(fs.readFileSync("key.json")), format: "jwk"}).export({type: "pkcs8", format: "pem"})', and pass what it prints`)
	errXML       = errors.New("the private key is in .NET's XML format: load it there with FromXmlString, and pass what ExportPkcs8PrivateKeyPem returns")
	errSealed    = errors.New("the private key is still encrypted by a tool such as Ansible Vault or SOPS: decrypt it with that tool, and pass the content of the PEM file")

	// A private key that did not arrive whole.
	errCutOff       = errors.New("the private key is cut off: a BEGIN or an END line is missing; pass the whole PEM file, and check that no variable or form field shortens it")
	errShort        = errors.New("the private key is incomplete: a part of it is missing; pass the whole file, and check that no variable or form field shortens it")
	errBase64       = errors.New("the private key is damaged: it holds characters that base64 does not have, or lost some; pass the file's content as it is")
	errDamaged      = errors.New("the private key is damaged: its bytes are not the structure of a key; pass the file's content as it is")
	errInconsistent = errors.New("the private key is damaged: its numbers do not belong together, so something in it was changed; pass the file's content as it is")
	errReadAsText   = errors.New("the private key is binary (DER) that was read as text, which damages it: pass the file's bytes as they are, or in base64")
)

// besideKey is what may stand beside a private key in PEM.
var besideKey = []error{errPublic, errCertificate, errRequest, errOtherPEM}

// isUnclear reports whether err says that something is wrong, but not what it is.
func isUnclear(err error) bool {
	return slices.Contains([]error{errUnknown, errDamaged, errShort, errBase64}, err)
}
