package signature

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// writing is a way to write a signature's bytes in a header.
type writing struct {
	words    string
	encoding Encoding // the one that is it, or comes nearest
	note     string   // what that one does otherwise; "": nothing
	encode   func([]byte) string
	decode   func(string) ([]byte, error)
}

// writings are the known ones. A header that is none of them in full is no signature.
var writings = []writing{
	{quoted("encoding", Base64), Base64, "", base64.StdEncoding.EncodeToString, base64.StdEncoding.DecodeString},
	{quoted("encoding", Base64URL), Base64URL, "", base64.RawURLEncoding.EncodeToString, base64.RawURLEncoding.DecodeString},
	{quoted("encoding", Hex), Hex, "", hex.EncodeToString, hex.DecodeString},
	{"hex in upper case", Hex, "The SDK writes hex in lower case, which a server that decodes it takes too.", upperHex, hex.DecodeString},
	{"base64 without padding", Base64, "The SDK writes base64 with padding, which most decoders take too.", base64.RawStdEncoding.EncodeToString, base64.RawStdEncoding.DecodeString},
	{"base64url with padding", Base64URL, "The SDK writes base64url without padding, which most decoders take too.", base64.URLEncoding.EncodeToString, base64.URLEncoding.DecodeString},
}

func upperHex(signature []byte) string { return strings.ToUpper(hex.EncodeToString(signature)) }

// readHeader finds out how a header's value of size bytes is written: as expected
// wherever that is possible, else as the first of the known writings.
func readHeader(header string, size int, expected Encoding) (found writing, signature []byte, ok bool) {
	for _, w := range writings {
		data, err := w.decode(header)
		if err != nil || len(data) != size || w.encode(data) != header {
			continue
		}
		if !ok || (w.note == "" && w.encoding == expected) {
			found, signature, ok = w, data, true
		}
	}
	return found, signature, ok
}

// quoted is a switch and its word, such as `encoding "hex"`.
func quoted[Word ~string](name string, word Word) string {
	return name + " " + strconv.Quote(string(word))
}
