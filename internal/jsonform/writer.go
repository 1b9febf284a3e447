package jsonform

import (
	"unicode/utf16"
	"unicode/utf8"
)

// writer reads source once, from left to right, and writes it to out. The source is
// known to be valid JSON of a bounded depth, so nothing here checks its syntax, and
// recursion is bounded.
type writer struct {
	form     Form
	source   []byte
	position int // in source: the next byte to read
	out      []byte
	loss     loss // the first in source, so far

	open    []member // members of the objects that are not closed yet, the innermost object's last
	moved   []object // objects whose members stand in another order in the form
	ordered []member // the members of moved, in the form's order
}

// value writes the next value.
func (w *writer) value() {
	switch w.peek() {
	case '{':
		w.object()
	case '[':
		w.array()
	case '"':
		w.string()
	case 't', 'n':
		w.copy(len("true"))
	case 'f':
		w.copy(len("false"))
	default:
		w.number()
	}
}

func (w *writer) array() {
	w.mark()
	for w.peek() != ']' {
		w.value()
		if w.peek() == ',' {
			w.mark()
		}
	}
	w.mark()
}

func (w *writer) object() {
	start, outer := len(w.out), len(w.open)
	w.mark()
	for w.peek() != '}' {
		m := member{source: w.position, start: len(w.out)}
		w.string()
		m.nameEnd = len(w.out)
		w.mark()
		w.value()
		m.end = len(w.out)
		w.push(m)
		if w.peek() == ',' {
			w.mark()
		}
	}
	w.mark()
	members := w.open[outer:]
	w.findDuplicate(members)
	w.order(object{start: start, end: len(w.out)}, members)
	w.open = w.open[:outer]
}

// push puts a member on the stack. The first one makes room for a usual body's.
func (w *writer) push(m member) {
	if w.open == nil {
		w.open = make([]member, 0, 16)
	}
	w.open = append(w.open, m)
}

// peek passes over white space and returns the byte that is next.
func (w *writer) peek() byte {
	for {
		switch c := w.source[w.position]; c {
		case ' ', '\t', '\n', '\r':
			w.position++
		default:
			return c
		}
	}
}

// mark copies the next punctuation mark.
func (w *writer) mark() {
	w.out = append(w.out, w.peek())
	w.position++
}

// copy copies the next n bytes.
func (w *writer) copy(n int) {
	w.out = append(w.out, w.source[w.position:w.position+n]...)
	w.position += n
}

// string writes the next string, a value's or a member's name.
func (w *writer) string() {
	w.mark()
	for {
		w.copy(plainLength(w.source[w.position:], w.form.Style))
		switch c := w.source[w.position]; {
		case c == '"':
			w.mark()
			return
		case c == '\\':
			w.escape()
		default:
			w.character()
		}
	}
}

// plainLength counts the ASCII characters at the start of text that stand for
// themselves in a JSON string.
func plainLength[Text []byte | string](text Text, style Style) int {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c == '"', c == '\\', c >= utf8.RuneSelf:
			return i
		case style == Go && (c == '<' || c == '>' || c == '&'):
			return i
		}
	}
	return len(text)
}

// character writes a character that stands in the source without an escape.
func (w *writer) character() {
	r, size := utf8.DecodeRune(w.source[w.position:])
	if r == utf8.RuneError && size == 1 {
		w.lose(invalidUTF8, w.position)
		w.copy(1)
		return
	}
	w.out = appendCharacter(w.out, r, w.form.Style)
	w.position += size
}

// escape writes the character of the next escape, or of two that are a surrogate pair.
func (w *writer) escape() {
	r, size := unescape(w.source[w.position:])
	if utf16.IsSurrogate(r) {
		w.lose(loneSurrogate, w.position)
		w.copy(size)
		return
	}
	w.out = appendCharacter(w.out, r, w.form.Style)
	w.position += size
}
