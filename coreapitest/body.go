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
	maxBody = 1 << 20
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

func (b body) check() *problem {
	switch {
	case b.size > maxBody:
		return refused(http.StatusRequestEntityTooLarge, "the body is over the limit of "+strconv.Itoa(maxBody)+" bytes")
	case b.err != nil:
		return refused(http.StatusBadRequest, "the body ended early")
	}
	return nil
}

// decode wants one JSON object.
func (b body) decode(into any) *problem {
	content := bytes.TrimLeft(b.data, " \t\r\n")
	switch {
	case len(content) == 0:
		return refused(http.StatusBadRequest, "the body is empty: send a JSON object")
	case !utf8.Valid(content):
		return refused(http.StatusBadRequest, "the body is not valid UTF-8: send a JSON object")
	case !json.Valid(content):
		return refused(http.StatusBadRequest, "the body is not valid JSON: send a JSON object")
	case content[0] != '{':
		return refused(http.StatusBadRequest, "the body is JSON, but not an object: send a JSON object")
	case json.Unmarshal(content, into) != nil:
		return refused(http.StatusBadRequest, "a field of the body has the wrong type")
	}
	return nil
}
