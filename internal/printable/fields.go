package printable

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Format answers a fmt.Formatter with text, whatever the verb. A type whose fields hold
// secrets needs its own Format method, since fmt asks no other method where a verb does
// not fit, and prints the fields.
func Format(f fmt.State, verb rune, text string) {
	switch verb {
	case 's', 'q', 'x', 'X':
		fmt.Fprintf(f, fmt.FormatString(f, verb), text)
	default:
		fmt.Fprint(f, text)
	}
}

// Field is one field of a type as it is shown: with no secret in its value.
type Field struct{ Name, Value string }

// Fields prints a type on one line, as Name{a: 1, b: 2}, in the order of the fields'
// names. Each value is cut at MaxText.
func Fields(name string, fields map[string]any) string {
	shown := make([]Field, 0, len(fields))
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		shown = append(shown, Field{key, Line(fmt.Sprint(fields[key]), MaxText)})
	}
	return braces(name, shown)
}

// Quoted prints a type on one line, as Name{a: "1", b: "2"}, in the order given.
func Quoted(name string, fields []Field) string {
	shown := make([]Field, len(fields))
	for i, field := range fields {
		shown[i] = Field{field.Name, strconv.Quote(field.Value)}
	}
	return braces(name, shown)
}

// braces writes fields whose values are safe to print.
func braces(name string, fields []Field) string {
	var b strings.Builder
	b.WriteString(name + "{")
	for i, field := range fields {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(field.Name + ": " + field.Value)
	}
	return b.String() + "}"
}

// NonEmpty returns the fields that have a value, for Fields and for JSON.
func NonEmpty(fields map[string]string) map[string]any {
	shown := make(map[string]any, len(fields))
	for name, value := range fields {
		if value != "" {
			shown[name] = value
		}
	}
	return shown
}
