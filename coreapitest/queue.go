package coreapitest

import "slices"

// queue keeps what came last: at most max items, and fewer where these are over maxBytes
// together; the very last in any case. Adding takes the same time whatever is kept.
type queue[T any] struct {
	max, maxBytes int
	list          []sized[T] // oldest first, behind those that went
	gone          int        // how many at the beginning of list went, and are empty
	bytes         int        // of the others
}

type sized[T any] struct {
	item  T
	bytes int
}

// add returns what went, oldest first.
func (q *queue[T]) add(item T, bytes int) (went []T) {
	q.list = append(q.list, sized[T]{item, bytes})
	q.bytes += bytes
	for kept := len(q.list) - q.gone; kept > q.max || (kept > 1 && q.bytes > q.maxBytes); kept-- {
		oldest := &q.list[q.gone]
		went = append(went, oldest.item)
		q.bytes -= oldest.bytes
		*oldest = sized[T]{}
		q.gone++
	}
	if q.gone > len(q.list)/2 { // seldom
		q.list = slices.Clone(q.list[q.gone:])
		q.gone = 0
	}
	return went
}

// items are those that are kept, oldest first.
func (q *queue[T]) items() []T {
	items := make([]T, 0, len(q.list)-q.gone)
	for _, s := range q.list[q.gone:] {
		items = append(items, s.item)
	}
	return items
}
