package coreapitest

import (
	"fmt"
	"math"
	"time"
)

// activeFault is a fault and how many requests it matched. The fake's mutex
// guards it.
type activeFault struct {
	Fault
	seen int
}

// count counts a request that the fault matches, and tells whether it is one of
// those that get the fault.
func (f *activeFault) count() bool {
	turn := f.seen - f.Skip
	f.seen++
	switch f.Times {
	case -1:
		return turn >= 0
	case 0:
		return turn == 0
	}
	return turn >= 0 && turn < f.Times
}

// isUsedUp is true where no further request gets the fault.
func (f *activeFault) isUsedUp() bool {
	return f.Times != -1 && f.seen-f.Skip >= max(f.Times, 1)
}

func (f *activeFault) matches(operation string) bool {
	return f.Operation == "" || f.Operation == operation
}

// size is that of its texts, in bytes.
func (f Fault) size() int {
	return len(f.Operation) + len(f.Code) + len(f.Message) + len(f.RetryAfter) + len(f.Body) + len(f.ContentType)
}

// plan is what the faults do to one request.
type plan struct {
	delay time.Duration
	fault Fault // the one that answers; zero: none
}

// faultList are the faults that are not used up, in the order of injecting.
type faultList struct {
	max, maxBytes int
	active        []*activeFault
	bytes         int // of their texts
}

// add is all or nothing.
func (l *faultList) add(faults []Fault) error {
	bytes := l.bytes
	for i := range faults {
		bytes += faults[i].size()
	}
	if len(l.active)+len(faults) > l.max || bytes > l.maxBytes {
		return fmt.Errorf("there would be %d faults that are not used up, with %d bytes of text; the limits are %d and %d: use some up, or reset",
			len(l.active)+len(faults), bytes, l.max, l.maxBytes)
	}
	for _, fault := range faults {
		l.active = append(l.active, &activeFault{Fault: fault})
	}
	l.bytes = bytes
	return nil
}

// plan counts the request with every fault that it matches, and drops those that are
// used up by it.
func (l *faultList) plan(operation string) plan {
	var p plan
	kept := l.active[:0]
	for _, f := range l.active {
		if f.matches(operation) && f.count() && !p.fault.answers() {
			p.add(f.Fault)
		}
		if f.isUsedUp() {
			l.bytes -= f.size()
		} else {
			kept = append(kept, f)
		}
	}
	clear(l.active[len(kept):])
	l.active = kept
	if len(kept) == 0 {
		l.active = nil
	}
	return p
}

// add puts a fault's delay behind those before it. Delays that are too long together are
// the longest there is.
func (p *plan) add(f Fault) {
	if p.delay > math.MaxInt64-f.Delay {
		p.delay = math.MaxInt64
	} else {
		p.delay += f.Delay
	}
	if f.answers() {
		p.fault = f
	}
}
