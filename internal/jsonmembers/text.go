package jsonmembers

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendText appends what a valid JSON string says: without its quotes and escapes, and
// with U+FFFD for what is not UTF-8, as encoding/json has it. Unlike that it stops when
// dst has limit bytes or a few more, so that a long string costs no more than is kept.
func AppendText(dst, quoted []byte, limit int) []byte {
	rest := quoted[1 : len(quoted)-1]
	for len(rest) > 0 && len(dst) < limit {
		var r rune
		var size int
		switch c := rest[0]; {
		case c == '\\':
			r, size = escaped(rest)
		case c < utf8.RuneSelf:
			r, size = rune(c), 1
		default:
			r, size = utf8.DecodeRune(rest)
		}
		dst = utf8.AppendRune(dst, r)
		rest = rest[size:]
	}
	return dst
}

// escapes are the characters of the escapes of one letter that stands for another.
var escapes = [256]rune{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escaped is the character of the escape that text begins with, and the escape's length.
// Two escapes that are a pair of surrogates are one.
func escaped(text []byte) (r rune, size int) {
	if r, ok := unit(text); ok {
		if second, ok := unit(text[unitLength:]); ok {
			if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
				return pair, 2 * unitLength
			}
		}
		return r, unitLength // half a pair becomes U+FFFD where it is appended
	}
	if r := escapes[text[1]]; r != 0 {
		return r, 2
	}
	return rune(text[1]), 2
}

const unitLength = len(`\u0000`)

// unit is the UTF-16 code unit that text begins with, where it begins with one.
func unit(text []byte) (r rune, ok bool) {
	if len(text) < unitLength || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:unitLength]), 16, 16)
	return rune(n), err == nil
}
