package coreapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The models print through these. fmt asks no method of a field where it meets
// the model behind a pointer and the verb does not fit, so each has its own
// Format.

// shownSecret tells a secret that is there from none.
func shownSecret(s Secret) string {
	if s == "" {
		return ""
	}
	return redacted
}

func withoutEmpty(fields map[string]string) map[string]any {
	shown := make(map[string]any, len(fields))
	for name, value := range fields {
		if value != "" {
			shown[name] = value
		}
	}
	return shown
}

// printed writes a type's fields on one line, in the order of their names.
func printed(name string, fields map[string]any) string {
	var b strings.Builder
	b.WriteString(name + "{")
	for i, key := range slices.Sorted(maps.Keys(fields)) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(key + ": " + oneLine(fmt.Sprint(fields[key]), maxText))
	}
	return b.String() + "}"
}
