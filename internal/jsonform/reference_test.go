package jsonform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// referenceForm is JavaScript's form made in another way: by encoding/json's tokens
// and float64s. It takes valid JSON that is not lossy.
func referenceForm(text []byte) string {
	return referenceValue(json.NewDecoder(bytes.NewReader(text)))
}

func referenceValue(tokens *json.Decoder) string {
	token, err := tokens.Token()
	if err != nil {
		panic(err)
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return referenceList(tokens)
		}
		return referenceObject(tokens)
	case string:
		return referenceString(token)
	case float64:
		return referenceNumber(token)
	case nil:
		return "null"
	default:
		return fmt.Sprint(token)
	}
}

func referenceList(tokens *json.Decoder) string {
	var items []string
	for tokens.More() {
		items = append(items, referenceValue(tokens))
	}
	tokens.Token()
	return "[" + strings.Join(items, ",") + "]"
}

func referenceObject(tokens *json.Decoder) string {
	type pair struct{ name, value string }
	var indexed, others []pair
	for tokens.More() {
		token, _ := tokens.Token()
		p := pair{token.(string), referenceValue(tokens)}
		if index, err := strconv.ParseUint(p.name, 10, 32); err == nil && index < 1<<32-1 && strconv.FormatUint(index, 10) == p.name {
			indexed = append(indexed, p)
		} else {
			others = append(others, p)
		}
	}
	tokens.Token()
	slices.SortStableFunc(indexed, func(a, b pair) int {
		left, _ := strconv.ParseUint(a.name, 10, 32)
		right, _ := strconv.ParseUint(b.name, 10, 32)
		return int(int64(left) - int64(right))
	})
	var members []string
	for _, p := range append(indexed, others...) {
		members = append(members, referenceString(p.name)+":"+p.value)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func referenceString(s string) string {
	var text strings.Builder
	for _, r := range s {
		switch short := strings.IndexRune("\"\\\b\f\n\r\t", r); {
		case short >= 0:
			text.WriteString(`\` + `"\bfnrt`[short:short+1])
		case r < 0x20:
			fmt.Fprintf(&text, `\u%04x`, r)
		default:
			text.WriteRune(r)
		}
	}
	return `"` + text.String() + `"`
}

func referenceNumber(value float64) string {
	if value == 0 {
		return "0"
	}
	if size := max(value, -value); size >= 1e21 || size < 1e-6 {
		text := strconv.FormatFloat(value, 'e', -1, 64)
		return strings.NewReplacer("e-0", "e-", "e+0", "e+").Replace(text)
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}
