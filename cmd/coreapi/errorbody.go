package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"unicode/utf16"

	"github.com/fypass/coreapi-go"
)

// maxErrorBody is far over any error body, and keeps a wrong pipe from filling
// the memory.
const maxErrorBody = 1 << 20

const whatToPass = "pass a CODE, the JSON body of an error response, or what curl -i prints of one"

// readAnswer reads what an error is told by: a code, the body of a response, or a response
// as curl -i prints it.
func readAnswer(r io.Reader) (answer, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxErrorBody+1))
	switch {
	case err != nil:
		return answer{}, usagef("explain: reading standard input: %v", err)
	case len(text) > maxErrorBody:
		return answer{}, usagef("explain: standard input is over 1 MiB: pass the body of one error response")
	}
	text = plainText(text)
	if len(text) == 0 {
		return answer{}, usagef("explain: nothing to explain on standard input: %s", whatToPass)
	}
	if code := bareCode(text); code != "" {
		return answer{code: code}, nil
	}
	a := splitResponse(text)
	if a.status == 0 && !json.Valid(a.body) {
		return answer{}, usagef("explain: standard input is no JSON%s: %s", mayBe(a.body), whatToPass)
	}
	return a, nil
}

// plainText is UTF-8 without a byte order mark, white space around it, and the Ctrl-Z that
// ends a text on Windows. PowerShell writes UTF-16.
func plainText(text []byte) []byte {
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		text = fromUTF16(text[2:], binary.LittleEndian)
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		text = fromUTF16(text[2:], binary.BigEndian)
	case len(text) > 1 && text[0] != 0 && text[1] == 0: // no text begins so in UTF-8
		text = fromUTF16(text, binary.LittleEndian)
	case len(text) > 1 && text[0] == 0 && text[1] != 0:
		text = fromUTF16(text, binary.BigEndian)
	}
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	return bytes.TrimSpace(bytes.TrimRight(text, "\x1a \t\r\n"))
}

// fromUTF16 leaves out half a unit at the end.
func fromUTF16(text []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

var (
	codeAlone  = regexp.MustCompile(`^(?:[A-Za-z0-9_-]{1,128}|"[A-Za-z0-9_-]{1,128}")$`)
	statusLine = regexp.MustCompile(`^HTTP/[0-9.]+ +([0-9]{3})\b`)
	blankLine  = regexp.MustCompile(`\r?\n\r?\n`)
	headerLine = regexp.MustCompile(`(?m)^([A-Za-z-]+):[ \t]*([ -~]*?)[ \t]*\r?$`)
)

// bareCode is a code that stands alone, in quotation marks too; "" for none. What JSON
// calls nothing is none.
func bareCode(text []byte) coreapi.Code {
	switch string(text) {
	case "null", "true", "false":
		return ""
	}
	if !codeAlone.Match(text) {
		return ""
	}
	return coreapi.Code(bytes.Trim(text, `"`))
}

// answer is what is known of a response.
type answer struct {
	code   coreapi.Code // alone; "": the rest says it
	status int          // 0: not known
	header http.Header
	body   []byte
}

// splitResponse takes the last of the responses that curl -i prints: before it may stand
// a proxy's, an interim one, or a redirect. What does not begin with one is a body.
func splitResponse(text []byte) answer {
	a := answer{body: text}
	for {
		found := statusLine.FindSubmatch(a.body)
		if found == nil {
			return a
		}
		head, body := a.body, []byte(nil)
		if end := blankLine.FindIndex(a.body); end != nil {
			head, body = a.body[:end[0]], a.body[end[1]:]
		}
		a.status, _ = strconv.Atoi(string(found[1])) // three digits
		a.header = http.Header{}
		for _, line := range headerLine.FindAllSubmatch(head, -1) {
			a.header.Add(string(line[1]), string(line[2]))
		}
		a.body = bytes.TrimSpace(body)
	}
}

// mayBe is a guess at what is no JSON.
func mayBe(text []byte) string {
	switch text[0] {
	case '<':
		return ", but a page, perhaps of a gateway (curl -i prints its status too)"
	case '{', '[':
		return ", or it ends early"
	}
	return ""
}

// received is an answer as the SDK sees it.
type received struct {
	*coreapi.Error
	status    int    // 0: not known
	requestID string // the response's; "" where it has none
	getOnly   bool   // a GET may be sent again, and a POST may not
}

// receive has the SDK receive the answer, so that exactly what a caller would get is
// explained. The answer may be that to a GET, or to a POST, which are not repeated alike.
func (a answer) receive(ctx context.Context) (received, error) {
	if a.code != "" {
		return received{Error: coreapi.NewError(a.code, "")}, nil
	}
	got, err := a.receiveAs(ctx, http.MethodGet)
	if err != nil {
		return received{}, err
	}
	posted, err := a.receiveAs(ctx, http.MethodPost)
	if err != nil {
		return received{}, err
	}
	getOnly := errors.Is(got, coreapi.ErrUnknownCode) && coreapi.IsRetryable(got) && !coreapi.IsRetryable(posted)
	id := ""
	if a.header.Get(requestIDHeader) != "" {
		id = got.RequestID
	}
	return received{got, a.status, id, getOnly}, nil
}

func (a answer) receiveAs(ctx context.Context, method string) (*coreapi.Error, error) {
	client, err := coreapi.New("http://localhost", coreapi.ClientKey("-"),
		coreapi.WithHTTPClient(&http.Client{Transport: a}),
		coreapi.WithRetryPolicy(coreapi.NoRetry()))
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	_, err = coreapi.Do[coreapi.RawJSON](ctx, client, coreapi.Request{Method: method, Path: "/"})
	var apiError *coreapi.Error
	switch {
	case err == nil:
		return nil, usagef("explain: the response is a success, with the status %d: there is nothing to explain", a.status)
	case !errors.As(err, &apiError) || apiError.StatusCode == 0:
		return nil, fmt.Errorf("explain: the body was not decoded: %w", err)
	}
	return apiError, nil
}

// RoundTrip answers, and sends nothing. Headers that say how the body was encoded are left
// out: curl has decoded it.
func (a answer) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}}
	for _, name := range []string{requestIDHeader, "Retry-After"} {
		if values := a.header.Values(name); len(values) > 0 {
			header[name] = values
		}
	}
	return &http.Response{
		StatusCode:    cmp.Or(a.status, http.StatusBadRequest), // any error would do: the code decides
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(a.body)),
		ContentLength: int64(len(a.body)),
		Request:       r,
	}, nil
}
