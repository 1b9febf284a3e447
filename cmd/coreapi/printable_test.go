package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"plain é 日本":             "plain é 日本",
		"a\nb\r\tc":              `a\nb\r\tc`,
		"\x1b[31m":               `\x1b[31m`,
		"\u202e'\u200b'":         `\u202e'\u200b'`,
		"\xff":                   "\uFFFD",
		strings.Repeat("x", 512): strings.Repeat("x", 512),
		strings.Repeat("x", 513): strings.Repeat("x", 512) + "…",
	} {
		assert.Equal(t, want, printable(in))
	}
}
