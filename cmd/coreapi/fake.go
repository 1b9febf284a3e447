package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// sandbox is a seeded fake, and the endpoints that script it. It is safe for
// concurrent use.
type sandbox struct {
	seed      seed
	keyHeader string
	key       string
	controls  http.Handler
	current   atomic.Pointer[seeded]
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

func newSandbox(s seed) (*sandbox, error) {
	box := &sandbox{seed: s, key: s.Client.Key}
	first, err := s.plant()
	if err != nil {
		return nil, fmt.Errorf("sandbox: the seed: %w", err)
	}
	box.current.Store(first)
	if box.key == "" {
		box.key = first.ClientKey
	}
	if box.keyHeader, err = keyHeader(); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	box.controls = newControls(box)
	return box, nil
}

// plant makes a new fake with the seed in it.
func (s seed) plant() (*seeded, error) {
	f := &seeded{Server: coreapitest.New(), devices: []storedDevice{}}
	err := mistakeOf(func() {
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
	fresh, err := b.seed.plant()
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
	f := b.current.Load()
	f.ServeHTTP(w, b.withFakeKey(r, f.ClientKey))
}

// withFakeKey translates the sandbox's key, which stays the same, to that of the
// fake, which makes up its own.
func (b *sandbox) withFakeKey(r *http.Request, fakeKey string) *http.Request {
	if keys := r.Header.Values(b.keyHeader); len(keys) != 1 || keys[0] != b.key {
		return r
	}
	translated := r.WithContext(r.Context())
	translated.Header = r.Header.Clone()
	translated.Header.Set(b.keyHeader, fakeKey)
	return translated
}

// keyHeader asks the SDK, where the assumption stands.
func keyHeader() (string, error) {
	r := &http.Request{Header: http.Header{}}
	if err := coreapi.ClientKey("key").Authenticate(r); err != nil {
		return "", err
	}
	for name := range r.Header {
		return name, nil
	}
	return "", errors.New("the SDK sends the key in no header")
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
