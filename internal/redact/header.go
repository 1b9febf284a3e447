package redact

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// minHeaderWord is the length in bytes from which any word of a header's value counts as
// a credential of its own, and not as the name of a scheme or parameter.
const minHeaderWord = 8

// HeaderParts lists a header's value and the parts that a server may echo alone: what
// follows a scheme's name, a cookie's or a parameter's value, what is in quotes, what
// follows a colon, a Basic user's name and password, and the texts of a JSON value.
func HeaderParts(value string) []string {
	if texts := jsonTexts(value); texts != nil {
		return append(texts, value)
	}
	parts := []string{value}
	if _, rest, ok := strings.Cut(value, " "); ok {
		parts = append(parts, rest)
	}
	for word := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(" ;,", r) }) {
		parts = append(parts, wordParts(word)...)
	}
	return append(parts, basicParts(value)...)
}

// wordParts are the word, if it is long, what follows an equals sign or a colon in it, and
// what is in quotes.
func wordParts(word string) []string {
	var parts []string
	if len(word) >= minHeaderWord {
		parts = append(parts, word)
	}
	for _, separator := range []string{"=", ":"} {
		if _, value, ok := strings.Cut(word, separator); ok {
			parts = append(parts, value, unquoted(value))
		}
	}
	if bare := unquoted(word); bare != word {
		parts = append(parts, bare)
	}
	return parts
}

func unquoted(s string) string { return strings.Trim(s, `"'`) }

// basicParts are the name with the password, and each of them. Source: RFC 7617.
func basicParts(value string) []string {
	scheme, encoded, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return nil
	}
	plain, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(plain) == 0 {
		return nil
	}
	name, password, _ := strings.Cut(string(plain), ":")
	return []string{string(plain), name, password}
}

// jsonTexts are the texts and numbers in a JSON object or list, nil for anything else.
func jsonTexts(value string) []string {
	if trimmed := strings.TrimSpace(value); trimmed == "" || (trimmed[0] != '{' && trimmed[0] != '[') {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(value))
	decoder.UseNumber()
	var decoded any
	if decoder.Decode(&decoded) != nil {
		return nil
	}
	return textsIn(decoded, []string{})
}

func textsIn(value any, texts []string) []string {
	switch v := value.(type) {
	case string:
		return append(texts, v)
	case json.Number:
		return append(texts, v.String())
	case []any:
		for _, item := range v {
			texts = textsIn(item, texts)
		}
	case map[string]any:
		for _, member := range v {
			texts = textsIn(member, texts)
		}
	}
	return texts
}
