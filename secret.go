package coreapi

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"

	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/redact"
)

// redacted is what a Secret prints as.
const redacted = redact.Marker

// Secret is a string that is not printed: fmt, slog and JSON values show
// [redacted]. string(s) is the value. Three ways round it stay open, because Go
// asks no method there: a Secret in an unexported field of another struct that
// fmt prints, a Secret as the key of a map that encoding/json writes, and the verbs
// %p and %w given to fmt by mistake, which go vet reports.
type Secret string

// String returns "[redacted]".
func (Secret) String() string { return redacted }

// GoString returns "[redacted]".
func (Secret) GoString() string { return redacted }

// Format prints "[redacted]" under any verb.
func (Secret) Format(f fmt.State, verb rune) { printable.Format(f, verb, redacted) }

// LogValue returns "[redacted]", and nil for a nil pointer. slog has MarshalText for a
// Secret by value.
func (s *Secret) LogValue() slog.Value {
	if s == nil {
		return slog.Value{}
	}
	return slog.StringValue(redacted)
}

// MarshalText returns "[redacted]". It never fails.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// RawJSON is a body as it came. It prints, logs and marshals as its length only,
// because a body may hold tokens. string(r) is the text.
type RawJSON []byte

// emptyRawJSON is what a RawJSON without a byte prints as.
const emptyRawJSON = "[0 bytes]"

// String returns the length, as "[12 bytes]".
func (r RawJSON) String() string { return "[" + strconv.Itoa(len(r)) + " bytes]" }

// GoString returns the length, as String does.
func (r RawJSON) GoString() string { return r.String() }

// Format prints the length under any verb.
func (r RawJSON) Format(f fmt.State, verb rune) { printable.Format(f, verb, r.String()) }

// LogValue returns the length, as String does, and nil for a nil pointer.
func (r *RawJSON) LogValue() slog.Value {
	if r == nil {
		return slog.Value{}
	}
	return slog.StringValue(r.String())
}

// MarshalText returns the length, as String does. It never fails.
func (r RawJSON) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalJSON keeps a copy of data as it came, so that a RawJSON field of your
// own type holds that part of the response. It never fails.
func (r *RawJSON) UnmarshalJSON(data []byte) error {
	*r = slices.Clone(data)
	return nil
}

// shownSecret tells a secret that is there from none.
func shownSecret(s Secret) string {
	if s == "" {
		return ""
	}
	return redacted
}
