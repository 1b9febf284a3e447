package coreapitest

import "hash/maphash"

// maxRequestIDs is how many request ids the fake remembers.
const maxRequestIDs = 100_000

// requestIDs are the ids of the last requests that arrived. It keeps their hashes, so
// that its memory is bounded whatever is sent: of 100,000 different ids, two have one
// hash in less than one of a thousand million runs.
type requestIDs struct {
	seed   maphash.Seed
	known  map[uint64]struct{}
	order  []uint64
	oldest int // in a full order, and so the next to go
}

func newRequestIDs() requestIDs {
	return requestIDs{seed: maphash.MakeSeed(), known: map[uint64]struct{}{}}
}

// use reports whether the id is new, and remembers it.
func (ids *requestIDs) use(id string) (isNew bool) {
	hash := maphash.String(ids.seed, id)
	if _, known := ids.known[hash]; known {
		return false
	}
	ids.known[hash] = struct{}{}
	if len(ids.order) < maxRequestIDs {
		ids.order = append(ids.order, hash)
		return true
	}
	delete(ids.known, ids.order[ids.oldest])
	ids.order[ids.oldest] = hash
	ids.oldest = (ids.oldest + 1) % maxRequestIDs
	return true
}
