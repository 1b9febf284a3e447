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

// decode wants one JSON object.
func (b body) decode(into any) *problem {
	content := bytes.TrimLeft(b.data, " \t\r\n")
	switch {
	case len(content) == 0:
		return refused(http.StatusBadRequest, emptyBody)
	case !utf8.Valid(content):
		return refused(http.StatusBadRequest, notUTF8Body)
	case !json.Valid(content):
		return refused(http.StatusBadRequest, notJSONBody)
	case content[0] != '{':
		return refused(http.StatusBadRequest, notObjectBody)
	case json.Unmarshal(content, into) != nil:
		return refused(http.StatusBadRequest, wrongTypeField)
	}
	return nil
}
