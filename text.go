package coreapi

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of what one rendering shows, in bytes.
const (
	maxText       = 512 // a message, a cause, a sentence
	maxIdentifier = 128 // a code, a request id
)

const ellipsis = "…"

// oneLine makes s safe to print on a line of its own: what is not printable is
// escaped as Go does, and the result is valid UTF-8 of at most limit bytes.
func oneLine(s string, limit int) string {
	if len(s) <= limit && isPrintable(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		piece := s[i : i+size]
		switch {
		case r == utf8.RuneError && size <= 1:
			piece = "\uFFFD"
		case !strconv.IsPrint(r):
			quoted := strconv.QuoteRune(r)
			piece = quoted[1 : len(quoted)-1]
		}
		last := i+size == len(s)
		if b.Len()+len(piece) > limit-len(ellipsis) && !(last && b.Len()+len(piece) <= limit) {
			b.WriteString(ellipsis)
			break
		}
		b.WriteString(piece)
		i += size
	}
	return b.String()
}

func isPrintable(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}

// validText makes s valid UTF-8.
func validText(s string) string {
	if utf8.ValidString(s) { // much the faster
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// formatAs answers a fmt.Formatter with text, whatever the verb: the value's
// fields are never printed.
func formatAs(f fmt.State, verb rune, text string) {
	switch verb {
	case 's', 'q', 'x', 'X':
		fmt.Fprintf(f, fmt.FormatString(f, verb), text)
	default:
		fmt.Fprint(f, text)
	}
}
