package main

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
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
	profile  profileFile          // how requests are signed
	testKey  crypto.Signer        // the fixed key that signatures are checked with; nil: another is
	controls http.Handler
	current  atomic.Pointer[seeded]
}

// seeded is a fake with its seed in it.
type seeded struct {
	*coreapitest.Server
	devices []storedDevice
}

// storedDevice tells the id that the fake made up.
type storedDevice struct {
	ID       string `json:"id"`
	DeviceID string `json:"deviceId"`
}

// signingRules say how a sandbox deals with signatures.
type signingRules struct {
	publicKey crypto.PublicKey // nil: that of the fake's fixed test key
	strict    bool             // a signature, and X-Version, are demanded
	profile   profileFile      // the signature's form; the zero one is the default
}

func newSandbox(s seed, rules signingRules) (*sandbox, error) {
	box := &sandbox{seed: s, key: s.Client.Key, options: rules.options(), profile: rules.profile}
	if box.key == "" {
		box.key = "sandbox-" + rand.Text()
	}
	box.options = append(box.options, coreapitest.WithClientKey(box.key))
	first, err := s.plant(box.options...)
	if err != nil {
		return nil, fmt.Errorf("sandbox: the seed: %w", err)
	}
	box.current.Store(first)
	if rules.publicKey == nil {
		box.testKey = first.PrivateKey
	}
	box.controls = newControls(box)
	return box, nil
}

func (rules signingRules) options() []coreapitest.Option {
	options := []coreapitest.Option{coreapitest.WithProfile(rules.profile.Profile)}
	if rules.publicKey != nil {
		options = append(options, coreapitest.WithPublicKey(rules.publicKey))
	}
	if !rules.strict {
		options = append(options, coreapitest.WithUnsigned())
	}
	return options
}

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
			stored := f.AddDevice(d.DeviceInfo)
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
