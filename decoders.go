package coreapi

import (
	"bytes"
	"encoding/json"
	"sync"
)

// decoders unmarshals as json.Unmarshal does, and keeps encoding/json's working memory
// between bodies: about four allocations each, which cost as much as reading a short
// one. The zero value is ready, and safe for concurrent use.
type decoders struct{ pool sync.Pool }

type decoder struct {
	in   bytes.Reader
	json *json.Decoder // nil: to be made
}

// trimJSON takes off JSON's white space.
func trimJSON(data []byte) []byte {
	for len(data) > 0 && isJSONSpace(data[0]) {
		data = data[1:]
	}
	for len(data) > 0 && isJSONSpace(data[len(data)-1]) {
		data = data[:len(data)-1]
	}
	return data
}

func isJSONSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func (d *decoders) get() *decoder {
	if dec, ok := d.pool.Get().(*decoder); ok {
		return dec
	}
	return &decoder{}
}

// unmarshal wants a *v that is zero, or an errorBody that was reset.
func (d *decoders) unmarshal(data []byte, v any) error {
	dec := d.get()
	err := dec.unmarshal(data, v)
	d.pool.Put(dec)
	return err
}

// maxDecoded is the longest object that a decoder is used for, in bytes. For a longer one
// its own buffer would grow past maxPooled.
const maxDecoded = maxPooled - 1<<10

// unmarshal leaves what is not one whole object to json.Unmarshal, whose word on it is
// the one that counts.
func (dec *decoder) unmarshal(data []byte, v any) error {
	if len(data) < 2 || data[0] != '{' || data[len(data)-1] != '}' || len(data) > maxDecoded {
		return json.Unmarshal(data, v)
	}
	if dec.json == nil {
		dec.json = json.NewDecoder(&dec.in)
	}
	dec.in.Reset(data)
	start := dec.json.InputOffset()
	err := dec.json.Decode(v)
	whole := dec.json.InputOffset()-start == int64(len(data))
	dec.in.Reset(nil)
	if err != nil || !whole {
		dec.json = nil // it may have stopped halfway
	}
	if !whole {
		clearValue(v)
		return json.Unmarshal(data, v)
	}
	return err // not asked for again: a type's own decoding is called once
}
