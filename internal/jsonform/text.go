package jsonform

import (
	"unicode/utf16"
	"unicode/utf8"
)

// AppendString appends s as a JSON string in the style. A byte of s that is not valid
// UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string, style Style) []byte {
	dst = append(dst, '"')
	for {
		plain := plainLength(s, style)
		dst = append(dst, s[:plain]...)
		if s = s[plain:]; s == "" {
			return append(dst, '"')
		}
		r, size := utf8.DecodeRuneInString(s)
		dst = appendCharacter(dst, r, style)
		s = s[size:]
	}
}

// appendCharacter appends a character of a JSON string, escaped where it has to be.
func appendCharacter(dst []byte, r rune, style Style) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	case '<', '>', '&', '\u2028', '\u2029':
		if style == Go {
			return appendHex(dst, r)
		}
	}
	if r < ' ' {
		return appendHex(dst, r)
	}
	return utf8.AppendRune(dst, r)
}

// appendHex appends r as \u and four digits.
func appendHex(dst []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// unescape returns the character of the escape that text begins with, and how many
// bytes it takes. A pair of surrogates is one character; one alone comes as it is.
func unescape(text []byte) (r rune, size int) {
	switch c := text[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return unescapeHex(text)
	default: // a quote, a backslash or a slash
		return rune(c), 2
	}
}

// unescapeHex is unescape for \u and four digits.
func unescapeHex(text []byte) (r rune, size int) {
	const length = len(`\u0000`)
	first := hexValue(text[2:length])
	if !utf16.IsSurrogate(first) || len(text) < 2*length || text[length] != '\\' || text[length+1] != 'u' {
		return first, length
	}
	pair := utf16.DecodeRune(first, hexValue(text[length+2:2*length]))
	if pair == utf8.RuneError {
		return first, length
	}
	return pair, 2 * length
}

func hexValue(digits []byte) (value rune) {
	for _, c := range digits {
		switch {
		case c <= '9':
			value = value<<4 | rune(c-'0')
		default:
			value = value<<4 | (rune(c|0x20) - 'a' + 10) // in either case
		}
	}
	return value
}
