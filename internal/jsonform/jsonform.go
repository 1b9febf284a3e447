// Package jsonform writes a JSON text in the form in which a server writes it again
// after parsing it. A signature over that form verifies on a server that signs what
// it parsed, and on one that signs the bytes that it received.
package jsonform

import (
	"encoding/json"
	"fmt"
)

// Style is whose form it is.
type Style int

const (
	// JavaScript is what JSON.stringify(JSON.parse(text)) writes: no white space,
	// members in their order but array indexes ("0" to "4294967294") first and
	// ascending, ECMAScript's numbers (1.0 is 1, -0 is 0, 1e21 is 1e+21), only the
	// escapes that JSON needs, everything else as UTF-8.
	JavaScript Style = iota

	// Go is what json.Marshal writes in a Go server. It differs in three things:
	// < > & and U+2028 U+2029 are escaped, no member moves, and -0 stays -0.
	Go
)

// Form says how a text is written. Its zero value is JavaScript's form.
type Form struct {
	Style    Style
	SortKeys bool // each object's members sorted by the bytes of their names, as Go writes a map
}

// Result is what Rewrite made of a text.
type Result struct {
	Text []byte // new memory, never the source's

	// Lossy is nil where the text survives every server's parser. Otherwise it names
	// the first thing that does not: what it is, where it stands and what to pass
	// instead. Text then has that thing as it was written. It may be a number that a
	// float64 does not hold or that ECMAScript writes as another value, half a
	// surrogate pair, invalid UTF-8, or a name that stands twice in one object.
	Lossy error
}

// Rewrite writes src, one whole JSON value, in the form f. It fails where src is
// anything else, or nested deeper than 10,000, encoding/json's limit. It is safe for
// concurrent use. Time and memory grow with src's length, n log n where one object
// has many members.
func (f Form) Rewrite(src []byte) (Result, error) {
	if !json.Valid(src) {
		return Result{}, invalid(src)
	}
	return f.RewriteValid(src), nil
}

// RewriteValid is Rewrite for what is known to be valid JSON, as what json.Marshal wrote is.
func (f Form) RewriteValid(valid []byte) Result {
	w := writer{form: f, source: valid, out: make([]byte, 0, len(valid))}
	w.value()
	return Result{Text: w.reordered(), Lossy: w.loss.err(valid)}
}

// invalid says why src is not one JSON value.
func invalid(src []byte) error {
	var text json.RawMessage
	err := json.Unmarshal(src, &text)
	if syntax, ok := err.(*json.SyntaxError); ok { //nolint:errorlint // encoding/json returns it bare
		return fmt.Errorf("the text is not one whole JSON value: %w, at byte %d", err, syntax.Offset)
	}
	return fmt.Errorf("the text is not one whole JSON value: %w", err)
}
