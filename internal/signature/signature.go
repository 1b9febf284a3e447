// Package signature makes the text that a request is signed by, signs it, verifies a
// signature, and finds out under which variant one verifies that does not.
//
// Documented by the API's reference are RSA of 2,048 bits with SHA-256, and which
// values are signed. How they become bytes is not: the defaults of Options are
// assumptions.
package signature

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/fypass/coreapi-go/internal/jsonform"
)

// Padding is the signature scheme. "" is PKCS1v15.
type Padding string

const (
	PKCS1v15 Padding = "pkcs1v15" // RSASSA-PKCS1-v1_5
	PSS      Padding = "pss"      // RSASSA-PSS, the salt as long as the hash
)

// Encoding is how the signature's bytes become a header's value. "" is Base64.
type Encoding string

const (
	Base64    Encoding = "base64"    // standard, with padding
	Base64URL Encoding = "base64url" // without padding
	Hex       Encoding = "hex"       // lower case
)

// Endpoint is what is signed of a request's URL. "" is EndpointRelative.
type Endpoint string

const (
	EndpointRelative Endpoint = "relative" // path and query without the base URL's own path
	EndpointFull     Endpoint = "full"     // path and query as on the request line
)

// NoBody is what is signed as the body of a request without one. "" is NoBodyObject.
type NoBody string

const (
	NoBodyObject NoBody = "{}"
	NoBodyOmit   NoBody = "omit" // no member "body" at all
	NoBodyNull   NoBody = "null"
	NoBodyEmpty  NoBody = `""` // an empty string
)

// Style is how the text's strings and a request's body are written. "" is
// StyleJavaScript.
type Style string

const (
	StyleJavaScript Style = "javascript" // as JSON.stringify does
	StyleGo         Style = "go"         // as json.Marshal does, < > & and U+2028 U+2029 escaped
)

// Options says how a request is signed. Its zero value is the default.
type Options struct {
	Padding  Padding
	Encoding Encoding
	Endpoint Endpoint
	NoBody   NoBody
	Style    Style
	SortKeys bool // a body's members sorted, as a Go server with a map has them
}

// Check refuses a word that its field does not take, and names the field and its words.
// The other methods take an unknown word for the default.
func (o Options) Check() error {
	return cmp.Or(
		checkWord("padding", o.Padding, PKCS1v15, PSS),
		checkWord("encoding", o.Encoding, Base64, Base64URL, Hex),
		checkWord("endpoint", o.Endpoint, EndpointRelative, EndpointFull),
		checkWord("noBody", o.NoBody, NoBodyObject, NoBodyOmit, NoBodyNull, NoBodyEmpty),
		checkWord("style", o.Style, StyleJavaScript, StyleGo),
	)
}

func checkWord[Word ~string](field string, word Word, words ...Word) error {
	if word == "" {
		return nil
	}
	var quoted []string
	for _, known := range words {
		if word == known {
			return nil
		}
		quoted = append(quoted, strconv.Quote(string(known)))
	}
	last := len(quoted) - 1
	return fmt.Errorf("the signature's %s is %.40q, which is unknown: use %s or %s",
		field, string(word), strings.Join(quoted[:last], ", "), quoted[last])
}

// Form is the form that a request's body has where it is signed.
func (o Options) Form() jsonform.Form {
	return jsonform.Form{Style: o.jsonStyle(), SortKeys: o.SortKeys}
}

func (o Options) jsonStyle() jsonform.Style {
	if o.Style == StyleGo {
		return jsonform.Go
	}
	return jsonform.JavaScript
}
