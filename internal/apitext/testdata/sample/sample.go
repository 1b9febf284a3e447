// Package sample has one of each kind of declaration.
package sample

import (
	"context"
	"io"
)

type Word string

const (
	First  Word = "a\"b"
	Count       = 3
	hidden      = "hidden"
)

type Kind int

const (
	KindNone Kind = iota
	KindSome
)

var Err error

var inner = hidden

func Do[T any](ctx context.Context, names ...string) (result T, err error) { return }

func Take(read func(p []byte) (n int, err error), into map[string]*Plain) {}

type Plain struct {
	// Name has a comment.
	Name   string `json:"name"`
	Call   func(ctx context.Context) error
	Nested struct{ A int }
	secret string
	base
	io.Reader
}

type base struct {
	Promoted bool
	own      int
}

func (b *base) Changed() {}

func (Plain) Value() string  { return inner }
func (p *Plain) Pointer(int) { p.secret = ""; p.own = 0 }
func (p *Plain) unexported() { p.Pointer(0) }

type Open interface{ Get(key string) error }

type Closed interface {
	Open
	hidden()
}

type Anything interface{}

type Number interface{ ~int | ~float64 }

type Pair[K comparable, V any] struct {
	Key   K
	Value V
}

func (p Pair[K, V]) Swap() Pair[K, V] { (*Plain).unexported(nil); return p }

type Same = Plain
