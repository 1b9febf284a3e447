package jsonform

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf8"
)

// member is one member of an object, by its offsets.
type member struct {
	source  int // in the source: its name's first quote
	start   int // in the writer's out: its name's first quote
	nameEnd int // behind its name's last quote
	end     int // behind its value
}

// object is an object whose members have to be reordered.
type object struct {
	start, end int // in the writer's out, braces included
	first      int // in the writer's ordered: its members
	last       int // behind the last
}

// name is what stands between the quotes of a member's name, in the form. Equal names
// have equal texts there, however the source escaped them.
func (w *writer) name(m member) []byte { return w.out[m.start+1 : m.nameEnd-1] }

// fewMembers is up to how many members of an object each is compared with each.
const fewMembers = 8

// findDuplicate reports the first member whose name stands before it already.
func (w *writer) findDuplicate(members []member) {
	if len(members) > fewMembers {
		w.findDuplicateOfMany(members)
		return
	}
	for i, m := range members {
		for _, earlier := range members[:i] {
			if bytes.Equal(w.name(earlier), w.name(m)) {
				w.lose(duplicateName, m.source)
				return
			}
		}
	}
}

// findDuplicateOfMany sorts a copy of the members. It stands on top of the stack
// meanwhile, so that it costs no memory of its own.
func (w *writer) findDuplicateOfMany(members []member) {
	top := len(w.open)
	w.open = append(w.open, members...)
	sorted := w.open[top:]
	slices.SortFunc(sorted, func(a, b member) int {
		return cmp.Or(bytes.Compare(w.name(a), w.name(b)), cmp.Compare(a.source, b.source))
	})
	for i := 1; i < len(sorted); i++ {
		if bytes.Equal(w.name(sorted[i-1]), w.name(sorted[i])) {
			w.lose(duplicateName, sorted[i].source)
		}
	}
	w.open = w.open[:top]
}

// order notes an object whose members are not in the form's order. They are moved at
// the end, all at once: moving them now would copy what is nested in them once more
// for each object around it.
func (w *writer) order(o object, members []member) {
	if w.form.Style == Go && !w.form.SortKeys {
		return
	}
	if slices.IsSortedFunc(members, w.compare) {
		return
	}
	o.first = len(w.ordered)
	w.ordered = append(w.ordered, members...)
	o.last = len(w.ordered)
	slices.SortFunc(w.ordered[o.first:o.last], w.compare)
	w.moved = append(w.moved, o)
}

// compare is the form's order of two members of one object. What is alike stays as it
// stands in the source.
func (w *writer) compare(a, b member) int {
	order := 0
	if w.form.SortKeys {
		order = compareNames(w.name(a), w.name(b))
	} else {
		order = cmp.Compare(arrayIndex(w.name(a)), arrayIndex(w.name(b)))
	}
	return cmp.Or(order, cmp.Compare(a.source, b.source))
}

// noIndex is beyond every array index.
const noIndex = 1<<32 - 1

// arrayIndex is the number that a name is the canonical text of, from 0 to
// 4294967294: such members stand first in a JavaScript object. Others are noIndex.
func arrayIndex(name []byte) (index uint64) {
	if len(name) == 0 || len(name) > len("4294967294") || name[0] == '0' && len(name) > 1 {
		return noIndex
	}
	for _, c := range name {
		if c < '0' || c > '9' {
			return noIndex
		}
		index = index*10 + uint64(c-'0')
	}
	return min(index, noIndex)
}

// compareNames compares two names by the bytes that their texts stand for: UTF-8 sorts
// as its characters do.
func compareNames(a, b []byte) int {
	for len(a) > 0 && len(b) > 0 {
		left, leftSize := firstCharacter(a)
		right, rightSize := firstCharacter(b)
		if left != right {
			return cmp.Compare(left, right)
		}
		a, b = a[leftSize:], b[rightSize:]
	}
	return cmp.Compare(len(a), len(b))
}

func firstCharacter(text []byte) (r rune, size int) {
	if text[0] == '\\' {
		return unescape(text)
	}
	return utf8.DecodeRune(text)
}

// reordered is the whole text, with the members of moved objects in their order.
func (w *writer) reordered() []byte {
	if len(w.moved) == 0 {
		return w.out
	}
	slices.SortFunc(w.moved, func(a, b object) int { return cmp.Compare(a.start, b.start) })
	return w.appendReordered(make([]byte, 0, len(w.out)), 0, len(w.out))
}

// appendReordered appends out[from:to].
func (w *writer) appendReordered(dst []byte, from, to int) []byte {
	for {
		o, ok := w.nextMoved(from, to)
		if !ok {
			return append(dst, w.out[from:to]...)
		}
		dst = append(dst, w.out[from:o.start]...)
		dst = w.appendObject(dst, o)
		from = o.end
	}
}

func (w *writer) appendObject(dst []byte, o object) []byte {
	before := byte('{')
	for _, m := range w.ordered[o.first:o.last] {
		dst = append(dst, before)
		dst = w.appendReordered(dst, m.start, m.end)
		before = ','
	}
	return append(dst, '}')
}

// nextMoved is the first moved object that begins in out[from:to].
func (w *writer) nextMoved(from, to int) (object, bool) {
	i, _ := slices.BinarySearchFunc(w.moved, from, func(o object, from int) int { return cmp.Compare(o.start, from) })
	if i == len(w.moved) || w.moved[i].start >= to {
		return object{}, false
	}
	return w.moved[i], true
}
