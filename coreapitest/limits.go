package coreapitest

import (
	"cmp"
	"errors"
)

// Limits bound what a Server keeps, so that its memory is bounded however long it runs
// and whatever it is sent. Of requests, logins and devices the oldest go first, and are
// then as if they had never been; the last one is kept whatever its size. A zero field
// means the default, which is more than tests meet.
type Limits struct {
	Requests     int // of those that Requests returns; default 10,000
	RequestBytes int // of all of them; default 16 MiB
	Logins       int // and the user tokens that they gave; default 100,000
	Devices      int // default 100,000
	DeviceBytes  int // of all of them; default 64 MiB
	Faults       int // that are not used up: more are a mistake; default 1,000,000
	FaultBytes   int // of their texts: more are a mistake; default 1 GiB
}

// WithLimits bounds what the Server keeps. A negative limit is a mistake.
func WithLimits(limits Limits) Option {
	return func(o *options) { o.limits = limits }
}

func (l Limits) check() error {
	if min(l.Requests, l.RequestBytes, l.Logins, l.Devices, l.DeviceBytes, l.Faults, l.FaultBytes) < 0 {
		return errors.New("a limit is negative: pass a positive one, or 0 for the default")
	}
	return nil
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Requests:     cmp.Or(l.Requests, 10_000),
		RequestBytes: cmp.Or(l.RequestBytes, 16<<20),
		Logins:       cmp.Or(l.Logins, 100_000),
		Devices:      cmp.Or(l.Devices, 100_000),
		DeviceBytes:  cmp.Or(l.DeviceBytes, 64<<20),
		Faults:       cmp.Or(l.Faults, 1_000_000),
		FaultBytes:   cmp.Or(l.FaultBytes, 1<<30),
	}
}
