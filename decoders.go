package coreapi

import (
	"bytes"
	"encoding/json"
	"sync"
)

// decoders unmarshals JSON as json.Unmarshal does, and keeps encoding/json's
// working memory between bodies: about four allocations each. The zero value is
// ready, and safe for concurrent use.
type decoders struct{ pool sync.Pool }

type decoder struct {
	in   bytes.Reader
	json *json.Decoder
}

const (
	jsonSpace = " \t\r\n"
	// maxPooled bounds what a decoder holds on to, in bytes.
	maxPooled = 64 << 10
)

// unmarshal wants a *v that is zero. What is no plain object, and what fails, goes
// to json.Unmarshal, whose word on it is the one that counts.
func (d *decoders) unmarshal(data []byte, v any) error {
	object := bytes.Trim(data, jsonSpace)
	if len(object) == 0 || object[0] != '{' || len(object) > maxPooled {
		return json.Unmarshal(data, v)
	}
	dec, _ := d.pool.Get().(*decoder)
	if dec == nil {
		dec = &decoder{}
		dec.json = json.NewDecoder(&dec.in)
	}
	dec.in.Reset(object)
	start := dec.json.InputOffset()
	if dec.json.Decode(v) != nil || dec.json.InputOffset()-start != int64(len(object)) {
		clearValue(v) // and the decoder, which may have stopped halfway, is let go
		return json.Unmarshal(data, v)
	}
	dec.in.Reset(nil)
	d.pool.Put(dec)
	return nil
}
