package otelcoreapi

import (
	"sync"

	"go.opentelemetry.io/otel/metric"

	"github.com/fypass/coreapi-go"
)

// maxSets is how many attribute sets are kept to be used again. There are far fewer where
// the names of operations are few; what comes above that is made anew each time.
const maxSets = 1000

// sets keeps attribute sets by what they are made of: to make one costs as much as to
// measure. It is safe for concurrent use.
type sets[K comparable] struct {
	mu    sync.RWMutex
	known map[K][]metric.RecordOption
}

// requestSet tells the attribute sets of attempts apart.
type requestSet struct {
	operation, method, scheme, host, protocol, errorType string
	status                                               int
}

// callSet tells the attribute sets of calls apart. errorType is "" after a success.
type callSet struct {
	operation, errorType string
	delivery             coreapi.Delivery
	action               coreapi.Action
}

func (s *sets[K]) get(key K) ([]metric.RecordOption, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	set, known := s.known[key]
	return set, known
}

// add keeps a set, where there is room for it.
func (s *sets[K]) add(key K, option metric.RecordOption) []metric.RecordOption {
	set := []metric.RecordOption{option}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[K][]metric.RecordOption{}
	}
	if len(s.known) < maxSets {
		s.known[key] = set
	}
	return set
}
