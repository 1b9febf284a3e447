// Package rsakey reads RSA private keys as files, secret stores and environments
// carry them. What it cannot use it names, and says what to pass instead.
package rsakey

import (
	"bytes"
	"cmp"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"math/bits"
	"slices"
	"strings"
)

const (
	maxSize    = 256 << 10 // largest input in bytes: a key and its certificates take a tenth of it
	maxLayers  = 3         // the key, base64 of it, and base64 of that
	minBits    = 2048      // size of the modulus
	maxBits    = 16384     // OpenSSL's own limit, which also bounds the time spent
	maxRSASize = 16384     // largest PKCS#1 structure in bytes: 16,384 bits take 9,300
)

// Parse reads one RSA private key of 2,048 bits or more: PKCS#8 or PKCS#1, in
// PEM, in DER or in base64 of either. It accepts what happens to a key on its way:
// newlines that are spelled out or missing, quotes, a BOM, UTF-16, a wrong label,
// other blocks beside it. Its errors are fixed sentences, so none holds a part of
// the input.
func Parse(data []byte) (*rsa.PrivateKey, error) {
	if len(data) > maxSize {
		return nil, errTooLarge
	}
	return parseLayer(data, maxLayers)
}

// parseLayer parses data that was reached through base64 maxLayers-layers times.
func parseLayer(data []byte, layers int) (*rsa.PrivateKey, error) {
	if layers == 0 {
		return nil, errUnknown
	}
	if text, ok := readText(data); ok {
		return parseText(text, layers)
	}
	return recognize(data).key()
}

// parseText tells the forms of text apart. What is certain comes first: JSON, PEM,
// and base64 that holds either PEM or DER. `/run/secrets/key`, `secrets` and
// `CK00001` are base64 too, so a path and a short text come before any other base64.
func parseText(text string, layers int) (*rsa.PrivateKey, error) {
	text = strings.Trim(text, blanks+quotes)
	plain := unescape(text)
	switch {
	case text == "":
		return nil, errEmpty
	case json.Valid([]byte(text)) && strings.ContainsAny(text[:1], "{["):
		return nil, jsonError(text)
	case marker().MatchString(plain):
		return parsePEM(plain)
	}
	body, isBase64 := decodeBase64(plain)
	if isBase64 && startsAsKey(body) {
		return parseLayer(body, layers-1)
	}
	for _, form := range textForms {
		if len(text) <= form.maxLen && form.pattern().MatchString(text) {
			return nil, form.err
		}
	}
	if isBase64 {
		return parseLayer(body, layers-1)
	}
	return nil, errUnknown
}

// jsonError tells a JWK, or a set of them, from other JSON.
func jsonError(text string) error {
	if strings.Contains(text, `"kty"`) {
		return errJWK
	}
	return errJSON
}

// startsAsKey reports whether decoded base64 is certainly more than a short text
// that happens to be valid base64.
func startsAsKey(body []byte) bool {
	// The DER of an RSA key of any usual size, even if the rest of it is missing.
	if len(body) > 2 && body[0] == sequenceTag && body[1] == 0x82 && body[2] < 0x40 {
		return true
	}
	return bytes.Contains(body, []byte(beginMark)) || !isUnclear(recognize(body).err)
}

// parsePEM parses the one private key among the blocks. Certificates and public
// keys may stand beside it, and so may the same key once more.
func parsePEM(text string) (*rsa.PrivateKey, error) {
	blocks, err := splitBlocks(text)
	if err != nil {
		return nil, err
	}
	var private *found
	var other error
	for _, b := range blocks {
		f := b.recognize()
		switch {
		case slices.Contains(besideKey, f.err):
			other = cmp.Or(other, f.err)
		case private == nil:
			private = &f
		case !bytes.Equal(private.body, f.body):
			return nil, errTwo
		}
	}
	if private == nil {
		return nil, other
	}
	return private.key()
}

// key parses what was found to be a private key.
func (f found) key() (*rsa.PrivateKey, error) {
	if f.err != nil {
		return nil, f.err
	}
	members, err := sequence(f.body)
	if err != nil {
		return nil, err
	}
	switch size := bitLen(members[1].Bytes); {
	case size < minBits:
		return nil, errSmall
	case size > maxBits || len(f.body) > maxRSASize:
		return nil, errHuge
	}
	key, err := x509.ParsePKCS1PrivateKey(f.body) // calls Validate
	if err != nil {
		return nil, errInconsistent
	}
	return key, nil
}

// bitLen is the size of a big-endian integer.
func bitLen(integer []byte) int {
	integer = bytes.TrimLeft(integer, "\x00")
	if len(integer) == 0 {
		return 0
	}
	return (len(integer)-1)*8 + bits.Len8(integer[0])
}
