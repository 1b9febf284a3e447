package redact

import (
	"encoding/base64"
	"strings"
)

// minHeaderPart is the length in bytes from which a part of a header's value counts as a
// credential of its own, and not as the name of a scheme.
const minHeaderPart = 8

// HeaderParts lists a header's value and the parts that a server may echo alone: a token,
// a cookie's value, a Basic password.
func HeaderParts(value string) []string {
	parts := []string{value}
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(" ;,=", r) }) {
		if len(part) >= minHeaderPart {
			parts = append(parts, part)
		}
	}
	return append(parts, basicParts(value)...)
}

// basicParts are the name with the password, and the password. Source: RFC 7617.
func basicParts(value string) []string {
	scheme, encoded, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return nil
	}
	plain, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(plain) == 0 {
		return nil
	}
	_, password, _ := strings.Cut(string(plain), ":")
	return []string{string(plain), password}
}
