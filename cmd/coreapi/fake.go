package main

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/fypass/coreapi-go/coreapitest"
)

// sandbox is a seeded fake, and the endpoints that script it. It is safe for
// concurrent use.
type sandbox struct {
	seed     seed
	options  []coreapitest.Option // of each fake
	key      string               // the client key
	basePath string               // the API's, escaped; "" for none
	profile  profileFile          // the wire that it speaks
	testKey  crypto.Signer        // the fixed key that signatures are checked with; nil: another is
	controls http.Handler
	current  atomic.Pointer[seeded]
}

// seeded is a fake with its seed in it.
type seeded struct {
	*coreapitest.Server
	devices []storedDevice
}

// storedDevice tells the id that a device has at the API.
type storedDevice struct {
	ID       string `json:"id"`
	DeviceID string `json:"deviceId"`
}

// rules say what a sandbox demands of requests.
type rules struct {
	publicKey crypto.PublicKey // nil: that of the fake's fixed test key
	strict    bool             // a signature, and X-Version, are demanded
	basePath  string           // of the API; "" for none
	profile   profileFile      // the zero one is the default
	always200 bool             // errors come with 200, too
}

func newSandbox(s seed, r rules) (*sandbox, error) {
	s = s.fitted(r.profile.Profile).withIDs(r.profile.Profile)
	box := &sandbox{seed: s, key: s.Client.Key, options: r.options(), profile: r.profile}
	if box.key == "" {
		box.key = "sandbox-" + rand.Text()
	}
	box.options = append(box.options, coreapitest.WithClientKey(box.key), coreapitest.WithLimits(s.limits()))
	if err := mistakeOf(func() { coreapitest.New(box.options...) }); err != nil {
		return nil, fmt.Errorf("sandbox: %s", strings.TrimPrefix(err.Error(), "New: "))
	}
	first, err := s.plant(box.options...)
	if err != nil {
		return nil, fmt.Errorf("sandbox: the seed: %w", err)
	}
	box.current.Store(first)
	if base, err := url.Parse(first.URL); err == nil {
		box.basePath = base.EscapedPath()
	}
	if r.publicKey == nil {
		box.testKey = first.PrivateKey
	}
	box.controls = newControls(box)
	return box, nil
}

func (r rules) options() []coreapitest.Option {
	options := []coreapitest.Option{coreapitest.WithProfile(r.profile.Profile), coreapitest.WithBasePath(r.basePath)}
	if r.publicKey != nil {
		options = append(options, coreapitest.WithPublicKey(r.publicKey))
	}
	if r.always200 {
		options = append(options, coreapitest.WithAlways200())
	}
	if !r.strict {
		options = append(options, coreapitest.WithUnsigned())
	}
	return options
}

// limits bound what a sandbox keeps besides its seed, however long it runs.
func (s seed) limits() coreapitest.Limits {
	return coreapitest.Limits{
		Requests:     1_000,
		RequestBytes: 1 << 20,
		Logins:       10_000,
		Devices:      1_000 + len(s.Devices),
		DeviceBytes:  maxDeviceBytes + len(s.Devices)*deviceOverhead,
		Faults:       1_000,
		FaultBytes:   4 << 20,
	}
}

const (
	maxDeviceBytes = 4 << 20 // a seed's texts are at most 1 MiB of it
	deviceOverhead = 512     // far over what the fake counts for a device beside its texts
)

// plant makes a new fake with the seed in it.
func (s seed) plant(options ...coreapitest.Option) (*seeded, error) {
	f := &seeded{devices: []storedDevice{}}
	err := mistakeOf(func() {
		f.Server = coreapitest.New(options...)
		if s.Client.Status != "" {
			f.SetClientStatus(s.Client.Status)
		}
		for _, operation := range s.Client.Forbidden {
			f.ForbidOperation(operation)
		}
		for _, u := range s.Users {
			f.AddUser(coreapitest.User(u))
		}
		for _, d := range s.Devices {
			stored := f.AddDeviceWithID(d.ID, d.DeviceInfo)
			f.devices = append(f.devices, storedDevice{stored.ID, stored.Info.DeviceID})
		}
	})
	return f, err
}

// reset puts a new fake in the place of the old one, so that no request ever
// sees half a seed. Requests that are under way end with the old one.
func (b *sandbox) reset() (*seeded, error) {
	fresh, err := b.seed.plant(b.options...)
	if err == nil {
		b.current.Store(fresh)
	}
	return fresh, err
}

// RecordedPath is a request's path without a secret in it.
func (b *sandbox) RecordedPath(r *http.Request) string { return b.current.Load().RecordedPath(r) }

// ServeHTTP answers for the fake, and for what scripts it. Not through a
// ServeMux, which would answer odd paths by itself.
func (b *sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		b.controls.ServeHTTP(w, r)
		return
	}
	b.current.Load().ServeHTTP(w, r)
}

// mistakeOf is the mistake that coreapitest panics with, as an error.
func mistakeOf(setUp func()) (err error) {
	defer func() {
		switch mistake := recover().(type) {
		case nil:
		case string:
			err = errors.New(strings.TrimPrefix(mistake, "coreapitest: "))
		default:
			panic(mistake) // not coreapitest's way to tell of one
		}
	}()
	setUp()
	return nil
}
