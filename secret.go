package coreapi

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const redacted = "[redacted]"

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
func (Secret) Format(f fmt.State, verb rune) { formatAs(f, verb, redacted) }

// LogValue returns "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

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
func (r RawJSON) Format(f fmt.State, verb rune) { formatAs(f, verb, r.String()) }

// LogValue returns the length, as String does.
func (r RawJSON) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalText returns the length, as String does. It never fails.
func (r RawJSON) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalJSON keeps a copy of data as it came, so that a RawJSON field of your
// own type holds that part of the response. It never fails.
func (r *RawJSON) UnmarshalJSON(data []byte) error {
	*r = slices.Clone(data)
	return nil
}

// minMasked is the length in bytes from which a secret is masked in the strings
// of an error: a shorter one would blank out ordinary words.
const minMasked = 4

// clean masks secrets, given as maskForms has them, and makes s valid UTF-8.
func clean(s string, secrets []string) string {
	for _, secret := range secrets {
		if strings.Contains(s, secret) {
			return validText(mask(s, secrets...))
		}
	}
	return validText(s)
}

// mask replaces every secret in s. Secrets are given as maskForms has them. What
// overlaps or touches is replaced as one, so that no rest of a secret is left.
func mask(s string, secrets ...string) string {
	var hidden []bool // by byte; nil: none
	for _, secret := range secrets {
		for from, end := 0, 0; secret != ""; from++ {
			i := strings.Index(s[from:], secret)
			if i < 0 {
				break
			}
			if hidden == nil {
				hidden = make([]bool, len(s))
			}
			from += i
			for end = max(end, from); end < from+len(secret); end++ {
				hidden[end] = true
			}
		}
	}
	if hidden == nil {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		switch {
		case !hidden[i]:
			b.WriteByte(s[i])
		case i == 0 || !hidden[i-1]:
			b.WriteString(redacted)
		}
	}
	return b.String()
}

// maskForms lists what to look for: each secret as it is, and as a query, a path or
// a JSON text would carry it.
func maskForms(secrets ...string) []string {
	var forms []string
	for _, secret := range secrets {
		if len(secret) >= minMasked {
			forms = append(append(forms, secret), escapedForms(secret)...)
		}
	}
	return forms
}

// escapedForms are those that differ from the secret itself.
func escapedForms(secret string) []string {
	if !strings.ContainsFunc(secret, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_' && r != '.'
	}) {
		return nil
	}
	forms := []string{url.QueryEscape(secret), url.PathEscape(secret)}
	for _, form := range forms {
		forms = append(forms, lowerEscapes(form))
	}
	forms = append(forms, jsonForms(secret)...)
	var others []string
	for _, form := range forms {
		if form != secret && form != "" && !slices.Contains(others, form) {
			others = append(others, form)
		}
	}
	return others
}

// jsonForms writes a string as the encoders of several languages do: with and
// without escapes of HTML, of slashes and of what is not ASCII.
func jsonForms(secret string) []string {
	text, err := json.Marshal(secret)
	if err != nil {
		return nil
	}
	escaped := string(text[1 : len(text)-1])
	// The backslashes of the secret's own come first, so that they are passed over.
	plain := strings.NewReplacer(`\\`, `\\`, `\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(escaped)
	var forms []string
	for _, form := range []string{escaped, plain} {
		forms = append(forms, form, asciiEscapes(form, `\u%04x`), asciiEscapes(form, `\u%04X`))
	}
	for _, form := range forms {
		forms = append(forms, strings.ReplaceAll(form, "/", `\/`))
	}
	return forms
}

// asciiEscapes writes what is not ASCII by format, in UTF-16 as JSON has it.
func asciiEscapes(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, format, unit)
		}
	}
	return b.String()
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}
