package coreapitest

import (
	"fmt"
	"net/http"

	"github.com/fypass/coreapi-go"
)

// Option sets something of a [Server]. Pass it to [New] or [NewServer].
type Option func(*options)

type options struct {
	profile   coreapi.Profile
	keyHeader string
}

// WithProfile gives the fake the routes, the request id's header and the
// envelope that the SDK under test has. Zero fields mean the default. A profile
// that the SDK refuses, or that gives two operations one route, is a mistake.
func WithProfile(profile coreapi.Profile) Option {
	return func(o *options) { o.profile = profile }
}

// WithClientKeyHeader names the header that carries the client key. One that the
// SDK refuses is a mistake.
func WithClientKeyHeader(header string) Option {
	return func(o *options) { o.keyHeader = header }
}

// newOptions always returns usable options: the defaults with an error.
func newOptions(opts []Option) (options, error) {
	defaults := options{profile: coreapi.DefaultProfile(), keyHeader: defaultKeyHeader()}
	set := defaults
	for i, opt := range opts {
		if opt == nil {
			return defaults, fmt.Errorf("option %d is nil: leave it out", i+1)
		}
		opt(&set)
	}
	if err := set.check(); err != nil {
		return defaults, err
	}
	set.profile = withDefaults(set.profile)
	set.keyHeader = http.CanonicalHeaderKey(set.keyHeader)
	if err := checkRoutes(routesOf(set.profile)); err != nil {
		return defaults, err
	}
	return set, nil
}

// check lets the SDK judge: what it refuses could never be called.
func (o options) check() error {
	_, err := coreapi.New(memoryURL, coreapi.ClientKeyHeader(o.keyHeader, "key"), coreapi.WithProfile(o.profile))
	return err
}

// defaultKeyHeader asks the SDK, where the assumption stands.
func defaultKeyHeader() string {
	r := &http.Request{Header: http.Header{}}
	if err := coreapi.ClientKey("key").Authenticate(r); err != nil {
		return ""
	}
	for name := range r.Header {
		return name
	}
	return ""
}

// withDefaults fills in zero fields.
func withDefaults(p coreapi.Profile) coreapi.Profile {
	d := coreapi.DefaultProfile()
	for _, f := range []struct {
		field *string
		value string
	}{
		{&p.RequestIDHeader, d.RequestIDHeader},
		{&p.ClientInfo.Method, d.ClientInfo.Method}, {&p.ClientInfo.Path, d.ClientInfo.Path},
		{&p.Login.Method, d.Login.Method}, {&p.Login.Path, d.Login.Path},
		{&p.LoginStatus.Method, d.LoginStatus.Method}, {&p.LoginStatus.Path, d.LoginStatus.Path},
		{&p.SaveDevice.Method, d.SaveDevice.Method}, {&p.SaveDevice.Path, d.SaveDevice.Path},
		{&p.GetDevice.Method, d.GetDevice.Method}, {&p.GetDevice.Path, d.GetDevice.Path},
	} {
		if *f.field == "" {
			*f.field = f.value
		}
	}
	return p
}
