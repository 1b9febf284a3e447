package coreapitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fypass/coreapi-go/internal/redact"
	"github.com/fypass/coreapi-go/internal/wire"
)

// Recorded is a request that arrived. Its Header and Body are masked: neither
// keys nor passwords nor tokens are in it. It prints without both.
type Recorded struct {
	Method    string
	Path      string // escaped as on the wire, without query; the profile's where a secret is in it: /login/{reqToken}
	Operation string // "" for what is no operation of the API
	Header    http.Header
	Body      []byte
}

// headerOverhead is what a header's name or value takes beside its text, in bytes.
const headerOverhead = 32

// size is roughly the memory that its texts take, in bytes.
func (r Recorded) size() int {
	n := len(r.Method) + len(r.Path) + len(r.Operation) + len(r.Body)
	for name, values := range r.Header {
		n += len(name) + headerOverhead
		for _, value := range values {
			n += len(value) + headerOverhead
		}
	}
	return n
}

// clone shares nothing with r.
func (r Recorded) clone() Recorded {
	r.Header = r.Header.Clone()
	r.Body = bytes.Clone(r.Body)
	return r
}

// record makes the record of a request.
func (f *fake) record(a arrival) Recorded {
	b := a.body
	rec := Recorded{
		Method:    a.Method,
		Path:      f.maskPath(a),
		Operation: a.match.operation(),
		Header:    maskHeader(a.Header, f.options.keyHeader),
	}
	switch {
	case b.size == 0:
	case a.match.page || b.check() != nil:
		rec.Body = []byte(b.length())
	default:
		rec.Body = maskBody(b, f.secrets)
	}
	return rec
}

// secretNames are what may not be recorded of a request.
var secretNames = []wire.Name{wire.Password, wire.ReqToken, wire.UserToken, wire.PushToken}

// RecordedPath is a request's path as [Server.Requests] has it, without a secret: for
// programs that log what arrives.
func (s *Server) RecordedPath(r *http.Request) string {
	return s.fake.maskPath(arrival{Request: r, match: s.fake.find(r)})
}

// maskPath is the profile's path where a secret stands in the request's, whatever the
// method.
func (f *fake) maskPath(a arrival) string {
	path := a.URL.EscapedPath()
	base, rest, ok := splitBasePath(path, f.options.basePath)
	if !ok {
		return path
	}
	for _, r := range f.routes {
		mayBe := a.match.route == nil || a.match.route == r
		if mayBe && hasSecret(r.Path) && hasPath(r, rest) {
			return base + r.Path
		}
	}
	return path
}

func hasSecret(path string) bool {
	return slices.ContainsFunc(secretNames, func(n wire.Name) bool { return strings.Contains(path, n.String()) })
}

// secretFields are the members of bodies that hold a secret: those that the SDK has by
// default, and the profile's.
func secretFields(w *wire.Wire) []string {
	fields := slices.Clone(maskedFields)
	for _, r := range w.Routes() {
		for _, n := range secretNames {
			if member := r.RequestMember(n); member != "" {
				fields = append(fields, member)
			}
		}
	}
	return fields
}

// maskedHeaders are masked beside the key's. Referer may hold a page's URL, and
// so its reqToken.
var maskedHeaders = []string{
	headerClientKey, headerToken, headerSignature, "Authorization", "Proxy-Authorization", "Cookie", "Referer",
}

func maskHeader(h http.Header, keyHeader string) http.Header {
	masked := make(http.Header, len(h))
	for name, values := range h {
		masked[name] = slices.Clone(values)
		canonical := http.CanonicalHeaderKey(name)
		if canonical != keyHeader && !slices.Contains(maskedHeaders, canonical) {
			continue
		}
		for i := range masked[name] {
			masked[name][i] = redact.Marker
		}
	}
	return masked
}

// maskedFields are masked in any letter case, at any depth.
var maskedFields = []string{"password", "reqToken", "userToken", "pushToken"}

func isMasked(key json.Token, fields []string) bool {
	field, _ := key.(string)
	return slices.ContainsFunc(fields, func(name string) bool { return strings.EqualFold(name, field) })
}

// maskBody replaces the values of fields in JSON, and leaves every other
// byte as it came. Of what is no JSON in UTF-8 it leaves the length.
func maskBody(b body, fields []string) []byte {
	if !utf8.Valid(b.data) || !json.Valid(b.data) {
		return []byte(b.length())
	}
	var out bytes.Buffer
	d := json.NewDecoder(bytes.NewReader(b.data))
	d.UseNumber() // no number is too large then
	copied := 0
	for w := (walk{}); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return []byte(b.length())
		}
		if !w.isKey(token) || !isMasked(token, fields) {
			continue
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return []byte(b.length())
		}
		w.valueRead()
		end := int(d.InputOffset())
		out.Write(b.data[copied : end-len(value)])
		out.WriteString(`"` + redact.Marker + `"`)
		copied = end
	}
	out.Write(b.data[copied:])
	return out.Bytes()
}

// walk tells keys from values in a stream of JSON tokens.
type walk struct {
	inObject []bool // by depth
	value    bool   // in an object: a value comes next
}

func (w *walk) isKey(token json.Token) bool {
	delim, isDelim := token.(json.Delim)
	switch {
	case isDelim && (delim == '{' || delim == '['):
		w.inObject = append(w.inObject, delim == '{')
		w.value = false
	case isDelim:
		w.inObject = w.inObject[:len(w.inObject)-1]
		w.value = false
	case len(w.inObject) == 0 || !w.inObject[len(w.inObject)-1]:
	case w.value:
		w.value = false
	default:
		w.value = true
		return true
	}
	return false
}

// valueRead says that the value after a key was taken as a whole.
func (w *walk) valueRead() { w.value = false }
