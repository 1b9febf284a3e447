package bench

import (
	"encoding/base32"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
)

// documentedHeaders is a transport that puts the API's headers on each attempt of an SDK
// that does not know them, as its user would. It changes the request in place, which a
// RoundTripper must not: that spares the SDKs a copy, in their favour.
type documentedHeaders struct {
	http.RoundTripper
	unwanted string // a header of the SDK's own API that is not sent; "": none
}

func (d documentedHeaders) RoundTrip(req *http.Request) (*http.Response, error) {
	req.Header.Set("X-Client-Key", clientKey)
	req.Header.Set("X-Version", version)
	req.Header.Set("X-Request-Id", newRequestID())
	if d.unwanted != "" {
		delete(req.Header, d.unwanted)
	}
	return d.RoundTripper.RoundTrip(req)
}

// newRequestID is of the form that ours has, for all: a longer id costs more over HTTP/2,
// and crypto/rand more than math/rand.
func newRequestID() string {
	var random [16]byte
	binary.NativeEndian.PutUint64(random[:], rand.Uint64())
	binary.NativeEndian.PutUint64(random[8:], rand.Uint64())
	return base32.StdEncoding.EncodeToString(random[:10])
}
