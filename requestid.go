package coreapi

import (
	"encoding/base32"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
)

// requestIDs are those of a call's attempts. The reference wants each to be unique, so the
// nth attempt has "-n" behind the call's.
type requestIDs struct {
	first   string
	current string   // of the attempt that is made, or was last
	sent    []string // of all attempts that were handed to the transport
	before  int      // how many of sent were not counted from first on
}

// next is the id of the attempt that is made next.
func (ids *requestIDs) next() string {
	n := len(ids.sent) - ids.before + 1
	if n == 1 {
		return ids.first
	}
	return ids.first + "-" + strconv.Itoa(n)
}

// newRequestID makes 80 random bits, in 16 letters and digits without 0 and 1, which
// are taken for letters. An id is no secret, so the generator that is not for
// cryptography does; it is the faster one.
func newRequestID() string {
	var random [10]byte
	binary.NativeEndian.PutUint64(random[:], rand.Uint64())
	binary.NativeEndian.PutUint16(random[8:], uint16(rand.Uint32())) //nolint:gosec // its low bits
	var id [16]byte
	base32.StdEncoding.Encode(id[:], random[:])
	return string(id[:])
}
