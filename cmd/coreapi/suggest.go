package main

import (
	"strings"

	"github.com/fypass/coreapi-go"
)

// nearestCodes helps with a code that was typed by hand: those that are written otherwise,
// or else those that are one letter off. None for a code that is documented.
func nearestCodes(code coreapi.Code) []coreapi.Code {
	typed := strings.ToUpper(strings.NewReplacer("-", "_", " ", "_").Replace(strings.TrimSpace(string(code))))
	var near []coreapi.Code
	for _, info := range coreapi.Catalogue() {
		switch {
		case info.Code == code:
			return nil
		case string(info.Code) == typed:
			return []coreapi.Code{info.Code}
		case isOneOff(typed, string(info.Code)):
			near = append(near, info.Code)
		}
	}
	return near
}

// isOneOff is true where a letter is another, is missing, is too many, or has changed
// places with the next.
func isOneOff(a, b string) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case len(a)+len(b) == 1, len(a) == 1 && len(b) == 1:
		return true
	}
	return len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}
