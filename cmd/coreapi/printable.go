package main

import (
	"strings"

	"github.com/fypass/coreapi-go/internal/printable"
)

// shown makes a text from outside safe for a terminal.
func shown(s string) string { return printable.Line(s, printable.MaxText) }

// maxErrorLine is how much of a line of an error is shown, in bytes.
const maxErrorLine = 4 << 10

// shownLines is shown for a text of several lines, which the program wrote itself.
func shownLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = printable.Line(lines[i], maxErrorLine)
	}
	return strings.Join(lines, "\n")
}
