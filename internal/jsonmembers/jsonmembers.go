// Package jsonmembers walks over the members of a JSON object, and the items of a list, as
// they are written. Unlike a map it costs no memory a member, and unlike encoding/json's
// structs it tells a name from one in another letter case, of which an answer may have both.
package jsonmembers

import (
	"bytes"
	"iter"
	"unicode/utf8"
)

// Member is a member of an object: its name as JSON text, in quotes, and its value.
type Member struct{ Name, Value []byte }

// Is tells whether the member has the name, exactly or in another letter case.
func (m Member) Is(name string) (exactly, inAnyCase bool) {
	plain := m.Name[1 : len(m.Name)-1]
	if bytes.IndexByte(plain, '\\') >= 0 {
		var memory [maxPlainName]byte
		plain = AppendText(memory[:0], m.Name, utf8.UTFMax*len(name)+1) // a longer one is another name in any case
	}
	return string(plain) == name, bytes.EqualFold(plain, []byte(name))
}

// maxPlainName is the length in bytes up to which an escaped name costs no memory.
const maxPlainName = 128

// Text is the name without quotes and escapes.
func (m Member) Text() string {
	var memory [maxPlainName]byte
	return string(AppendText(memory[:0], m.Name, utf8.UTFMax*len(m.Name)))
}

// Of yields the members of object in their order. object has to be one valid JSON object,
// with white space around it or not; of another value it yields none, and of what is not
// valid it may yield what comes before the fault.
func Of(object []byte) iter.Seq[Member] {
	return func(yield func(Member) bool) {
		rest := skipSpace(object)
		if len(rest) == 0 || rest[0] != '{' {
			return
		}
		for rest = skipSpace(rest[1:]); len(rest) > 0 && rest[0] == '"'; {
			name := rest[:valueEnd(rest)]
			rest = skipSpace(rest[len(name):])
			if len(rest) == 0 { // cut short: not valid
				return
			}
			rest = skipSpace(rest[1:]) // the colon
			value := rest[:valueEnd(rest)]
			if !yield(Member{name, value}) {
				return
			}
			rest = skipSpace(rest[len(value):])
			if len(rest) > 0 && rest[0] == ',' {
				rest = skipSpace(rest[1:])
			}
		}
	}
}

// Items yields the items of list in their order. list has to be one valid JSON list; of
// anything else it yields none.
func Items(list []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		rest := skipSpace(list)
		if len(rest) == 0 || rest[0] != '[' {
			return
		}
		for rest = skipSpace(rest[1:]); len(rest) > 0 && rest[0] != ']'; {
			item := rest[:valueEnd(rest)]
			if len(item) == 0 || !yield(item) { // nothing: not valid
				return
			}
			rest = skipSpace(rest[len(item):])
			if len(rest) > 0 && rest[0] == ',' {
				rest = skipSpace(rest[1:])
			}
		}
	}
}

// Find returns the value of the member with the name: the last that has it exactly, as
// encoding/json has it; else the last that has it in another letter case. nil: none.
func Find(object []byte, name string) []byte {
	var exact, other []byte
	for m := range Of(object) {
		switch exactly, inAnyCase := m.Is(name); {
		case exactly:
			exact = m.Value
		case inAnyCase:
			other = m.Value
		}
	}
	if exact != nil {
		return exact
	}
	return other
}

func skipSpace(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }

// valueEnd is where the value that text begins with ends.
func valueEnd(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += stringEnd(text[i:]) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return i // the object's own end, after a number or a word
			}
			depth--
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default: // of a number or a word
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(text)
}

// stringEnd is where the string that text begins with ends, its quote included.
func stringEnd(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
