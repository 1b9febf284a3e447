// Package printable makes texts from outside safe to print, and prints the SDK's types
// by the fields that may be shown.
package printable

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of what one rendering shows, in bytes.
const (
	MaxText       = 512 // a message, a cause, a sentence
	MaxIdentifier = 128 // a code, a request id
)

// Ellipsis ends what Line has cut.
const Ellipsis = "…"

// Line makes s safe to print on a line of its own. What is not printable is escaped as
// Go does, which takes line breaks, terminal escapes and bidirectional marks. The result
// is valid UTF-8 of at most limit bytes, and ends with Ellipsis where s was cut. Line
// looks at no more of s than it prints.
func Line(s string, limit int) string {
	if len(s) <= limit && isPrintable(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		piece := printablePiece(r, s[i:i+size])
		i += size
		after := b.Len() + len(piece)
		if i < len(s) {
			after += len(Ellipsis) // it has to fit behind the piece
		}
		if after > limit {
			if b.Len()+len(Ellipsis) <= limit {
				b.WriteString(Ellipsis)
			}
			break
		}
		b.WriteString(piece)
	}
	return b.String()
}

// printablePiece is what Line prints for the rune r, which is written as text.
func printablePiece(r rune, text string) string {
	switch {
	case r == utf8.RuneError && len(text) == 1: // a byte that is not UTF-8
		return "\uFFFD"
	case strconv.IsPrint(r):
		return text
	}
	quoted := strconv.QuoteRune(r)
	return quoted[1 : len(quoted)-1]
}

func isPrintable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}

// Valid makes s valid UTF-8: each run of wrong bytes becomes U+FFFD.
func Valid(s string) string {
	if utf8.ValidString(s) { // ToValidUTF8 is much slower
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// Cut returns the first limit bytes of s, or up to three less where a rune would be cut
// in two. It takes the same time however long s is, and marks no end as Line does.
func Cut(s string, limit int) string {
	limit = max(limit, 0)
	if len(s) <= limit {
		return s
	}
	for end := limit; end >= 0 && end > limit-utf8.UTFMax; end-- {
		if utf8.RuneStart(s[end]) {
			return s[:end]
		}
	}
	return s[:limit] // not UTF-8 here, so there is no rune to cut
}
