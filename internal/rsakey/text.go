package rsakey

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	blanks = " \t\n\v\f\r"
	quotes = "\"'`"
)

// textForms are the texts that are neither PEM, JSON nor base64 of a key, looked
// for in this order.
var textForms = []struct {
	maxLen  int
	pattern func() *regexp.Regexp
	err     error
}{
	{maxSize, lazy(`^PuTTY-User-Key-File-`), errPPK},
	{maxSize, lazy(`^(?:ssh-[a-z0-9]+|ecdsa-sha2-\S+) +AAAA|^---- BEGIN SSH2 PUBLIC KEY`), errPublic},
	{maxSize, lazy(`<RSAKeyValue`), errXML},
	{maxSize, lazy(`^\$ANSIBLE_VAULT;|^ENC\[`), errSealed},
	{maxSize, lazy(`^(?:(?i:bearer) +)?eyJ[\w-]*(?:\.[\w-]*){2,4}$`), errToken},
	{1000, lazy(`(?i)^(?:\$\w+|\$?\{+[^{}]*\}+|\$\(.*\)|%\w+%|<[^<>/]*>|\[?redacted\]?|\*+|x{3,}|change_?me|undefined|null|none|\[object object\])$`), errPlaceholder},
	{maxSize, lazy(`^[{\[].*"kty"`), errJWK}, // not valid JSON: cut off
	{maxSize, lazy(`^[{\[]\s*["{]`), errJSON},
	{maxSize, lazy(`^<`), errMarkup},
	{1000, lazy(`^@?file:`), errPath},
	{1000, lazy(`^[a-z][a-z0-9+.-]*://|^arn:|^vault:`), errAddress},
	{1000, lazy(`^@?(?:~\w*|\.{1,2}|\$\w+|\$\{\w+\}|%\w+%|[A-Za-z]:|\\)?[\\/].*$`), errPath},
	{1000, lazy(`^[^\n]*[^\n./\\]\.[A-Za-z][A-Za-z0-9]{1,7}$|^id_(?:rsa|dsa|ecdsa|ed25519)$`), errPath},
	{255, lazy(`^[\w .@-]+(?:[\\/][\w .@-]+)+[\\/]?$`), errPath}, // no + and =, which a client key in base64 may have
	{maxSize, lazy(`^MII`), errBase64},
	{maxSize, lazy(`(?i)-BEGIN|BEGIN-|(?:BEGIN|END|PRIVATE)[\s_+]+(?:[A-Z]+[\s_+]+)*KEY`), errArmour},
	{128, lazy(`^\S+$`), errClientKey},
}

// readText makes data one form of text: UTF-8, newlines and blanks as in Unix, no
// invisible characters. It reports false for what is binary.
func readText(data []byte) (string, bool) {
	text := string(data)
	if order := utf16Order(data); order != nil {
		text = decodeUTF16(data, order)
	}
	text = strings.TrimRight(text, "\x00\x1a"+blanks) // a C string's end, a DOS file's end
	// Bag attributes may be in any encoding.
	if !strings.Contains(text, beginMark) && (!utf8.ValidString(text) || strings.ContainsFunc(text, isBinary)) {
		return "", false
	}
	return strings.Map(plainRune, text), true
}

// utf16Order is the byte order of UTF-16, nil where data is not that. PowerShell
// writes it with a BOM; without one, ASCII has a zero in every second byte.
func utf16Order(data []byte) binary.ByteOrder {
	switch {
	case len(data) < 4:
		return nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")), data[0] != 0 && data[1] == 0 && data[2] != 0 && data[3] == 0:
		return binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")), data[0] == 0 && data[1] != 0 && data[2] == 0 && data[3] != 0:
		return binary.BigEndian
	}
	return nil
}

func decodeUTF16(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

func isBinary(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }

// plainRune is r as a key's text would have it, or -1 where it would have nothing.
func plainRune(r rune) rune {
	switch {
	case r == '\n', r == '\r', r == '\u2028', r == '\u2029':
		return '\n'
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Cf, r): // a BOM, a zero-width space
		return -1
	case r == '“', r == '”', r == '„':
		return '"'
	case r == '‘', r == '’':
		return '\''
	}
	return r
}

// escape is an escaped character: by a code (JSON, URLs), or by a backslash.
var escape = lazy(`\\+u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\\+[^\\]?`)

// unescape replaces what JSON, shells, .env files and URLs escape, however many
// backslashes it has by now. No form of a key has a backslash or a percent sign.
func unescape(text string) string {
	return escape().ReplaceAllStringFunc(text, func(match string) string {
		switch escaped := strings.TrimLeft(match, `\`); {
		case escaped == "n", escaped == "r":
			return "\n"
		case escaped == "t":
			return " "
		case len(escaped) > 2:
			return fromCode(escaped[1:])
		default:
			return escaped
		}
	})
}

// fromCode is the character with a code in hex digits.
func fromCode(hex string) string {
	code, _ := strconv.ParseUint(hex, 16, 16) // escape's digits are hex
	return strings.Map(plainRune, string(rune(code)))
}

// decodeBase64 decodes base64 and base64url, with or without padding, newlines,
// blanks and quotes.
func decodeBase64(text string) ([]byte, bool) {
	text = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(blanks+quotes, r):
			return -1
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		}
		return r
	}, text)
	body, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	return body, err == nil
}
