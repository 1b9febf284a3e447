package coreapitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"unicode/utf8"
)

const (
	maxBody = 1 << 20 // tooLargeBody says so
	// maxDrained is how much of a body over maxBody is still read, so that the
	// sender gets to see the 413 and not a broken connection.
	maxDrained = 64 << 20
)

// body is a request's body, read to its end.
type body struct {
	data []byte // nil when over maxBody
	size int64
	err  error // it could not be read to its end
}

// readBody never keeps more than maxBody.
func readBody(r io.Reader) body {
	if r == nil {
		return body{}
	}
	data, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if len(data) <= maxBody {
		return body{data: data, size: int64(len(data)), err: err}
	}
	rest, err := io.CopyN(io.Discard, r, maxDrained)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return body{size: int64(len(data)) + rest, err: err}
}

// length is what is shown of a body that is not shown.
func (b body) length() string { return "[" + strconv.FormatInt(b.size, 10) + " bytes]" }

// check refuses a body that was not read as a whole.
func (b body) check() *problem {
	switch {
	case b.size > maxBody:
		return refused(http.StatusRequestEntityTooLarge, tooLargeBody)
	case b.err != nil:
		return refused(http.StatusBadRequest, cutBody)
	}
	return nil
}

// checkType refuses a body that a server's JSON parser would pass over. Neither status
// nor order is documented.
func (b body) checkType(h http.Header) *problem {
	switch {
	case b.size == 0:
		return nil
	case len(h[headerContentEncoding]) > 0:
		return refused(http.StatusBadRequest, encodedBody)
	case !isJSONType(headerValue(h, headerContentType)):
		return refused(http.StatusBadRequest, notJSONType)
	}
	return nil
}

// checkJSON wants one JSON value in UTF-8.
func (b body) checkJSON() *problem {
	switch {
	case len(b.content()) == 0:
		return refused(http.StatusBadRequest, emptyBody)
	case !utf8.Valid(b.data):
		return refused(http.StatusBadRequest, notUTF8Body)
	case !json.Valid(b.data):
		return refused(http.StatusBadRequest, notJSONBody)
	}
	return nil
}

// content has no white space before it.
func (b body) content() []byte { return bytes.TrimLeft(b.data, " \t\r\n") }

// checkObject wants one JSON object.
func (b body) checkObject() *problem {
	if p := b.checkJSON(); p != nil {
		return p
	}
	if b.content()[0] != '{' {
		return refused(http.StatusBadRequest, notObjectBody)
	}
	return nil
}
