package main

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxPrinted is how much of a text from outside is shown, in bytes.
const maxPrinted = 512

// printable makes a text from outside safe for a terminal: it stays on its line,
// and what is not printable is escaped as Go does.
func printable(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune(utf8.RuneError)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
		s = s[size:]
		if b.Len() >= maxPrinted && len(s) > 0 {
			return b.String() + "…"
		}
	}
	return b.String()
}
