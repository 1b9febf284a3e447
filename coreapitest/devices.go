package coreapitest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// deviceTable keeps the last devices.
type deviceTable struct {
	byID       map[string]*device
	byDeviceID map[string]*device
	order      queue[*device]
}

// device is a stored one.
type device struct {
	id, deviceID string
	result       result // as it is answered
}

func newDevice(id string, values wire.Values, extra []wire.Member) *device {
	values[wire.ID] = id
	return &device{id: id, deviceID: values[wire.DeviceID], result: result{values, keptExtra(extra)}}
}

// keptExtra shares no memory with the request, and has each name once: the last one counts.
func keptExtra(extra []wire.Member) []wire.Member {
	last := map[string][]byte{}
	for _, m := range extra {
		last[m.Name] = m.Value
	}
	var kept []wire.Member
	for _, name := range slices.Sorted(maps.Keys(last)) {
		kept = append(kept, wire.Member{Name: name, Value: bytes.Clone(last[name])})
	}
	return kept
}

// What a device, and a member of its Extra, take beside their texts, in bytes.
const (
	deviceOverhead = 700
	memberOverhead = 64
)

// size is roughly the memory that it takes, in bytes.
func (d *device) size() int {
	n := deviceOverhead
	for _, value := range d.result.values {
		n += len(value)
	}
	for _, m := range d.result.extra {
		n += len(m.Name) + len(m.Value) + memberOverhead
	}
	return n
}

func newDeviceTable(limits Limits) deviceTable {
	return deviceTable{
		byID:       map[string]*device{},
		byDeviceID: map[string]*device{},
		order:      queue[*device]{max: limits.Devices, maxBytes: limits.DeviceBytes},
	}
}

func (t *deviceTable) add(d *device) {
	t.byID[d.id], t.byDeviceID[d.deviceID] = d, d
	for _, old := range t.order.add(d, d.size()) {
		delete(t.byID, old.id)
		delete(t.byDeviceID, old.deviceID)
	}
}

func (s *state) saveDevice(r request) (result, *problem) { return s.storeDevice(s.newIDs.device(), r) }

// storeDevice stores a device under an id that no other has. One that no answer could show
// is refused.
func (s *state) storeDevice(id string, r request) (result, *problem) {
	d := newDevice(id, r.values, r.extra)
	switch {
	case d.deviceID == "":
		return result{}, refused(http.StatusBadRequest, noDeviceID)
	case s.devices.byDeviceID[d.deviceID] != nil || s.devices.byID[id] != nil:
		return result{}, failed(coreapi.CodeDuplicateKey)
	case checkResult(s.wire, d.result.values, wire.SaveDevice, wire.GetDevice) != nil:
		return result{}, refused(http.StatusBadRequest, wrongField)
	}
	s.devices.add(d)
	return d.result, nil
}

func (s *state) getDevice(r request) (result, *problem) {
	d := s.devices.byID[r.values[wire.ID]]
	if d == nil {
		return result{}, failed(coreapi.CodeInvalidObjectID)
	}
	return d.result, nil
}

// addDevice goes through the SDK, which alone knows how a DeviceInfo is written
// and what of it is refused. Neither faults nor Requests see it, and nothing is signed.
// id "": one is made up.
func (f *fake) addDevice(id string, info coreapi.DeviceInfo) (*coreapi.Device, error) {
	client, err := f.direct(wire.SaveDevice, func(r request) (result, *problem) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if id == "" {
			return f.state.saveDevice(r)
		}
		return f.state.storeDevice(id, r)
	})
	if err != nil {
		return nil, err
	}
	return client.Devices.Save(context.Background(), info)
}

// listDevices reads the devices as the SDK would.
func (f *fake) listDevices() ([]coreapi.Device, error) {
	var stored []*device
	_ = f.setup(func(s *state) error { stored = s.devices.order.items(); return nil })
	devices := make([]coreapi.Device, 0, len(stored))
	var next *device
	client, err := f.direct(wire.GetDevice, func(request) (result, *problem) { return next.result, nil })
	if err != nil {
		return nil, err
	}
	for _, next = range stored {
		read, err := client.Devices.Get(context.Background(), next.id)
		if err != nil {
			return nil, err
		}
		devices = append(devices, *read)
	}
	return devices, nil
}

// checkNewID lets the SDK judge: a device with an id that it refuses could never be read.
func (f *fake) checkNewID(id string) error {
	if !utf8.ValidString(id) {
		return errors.New("the id is not valid UTF-8")
	}
	err := f.setup(func(s *state) error {
		if s.devices.byID[id] != nil {
			return fmt.Errorf("another device has the id %q", id)
		}
		return checkResult(s.wire, wire.Values{wire.ID: id}, wire.SaveDevice, wire.GetDevice)
	})
	if err != nil {
		return err
	}
	client, err := f.direct(wire.GetDevice, func(request) (result, *problem) {
		return newDevice(id, wire.Values{wire.DeviceID: id}, nil).result, nil
	})
	if err != nil {
		return err
	}
	if _, err = client.Devices.Get(context.Background(), id); errors.Is(err, coreapi.ErrInvalidArgument) {
		return err
	}
	return nil
}

// direct makes a client for one operation, which handle does without any check.
func (f *fake) direct(op wire.Operation, handle func(request) (result, *problem)) (*coreapi.Client, error) {
	w := f.options.wire
	transport := roundTripFunc(func(r *http.Request) (*http.Response, error) {
		given, p := directly(w, op, r, handle)
		if p != nil {
			given = p.answer(w, coreapi.English)
		}
		return given.response(r), nil
	})
	return coreapi.New(memoryURL, coreapi.ClientKey("key"), coreapi.WithProfile(f.options.profile),
		coreapi.WithHTTPClient(&http.Client{Transport: transport}), coreapi.WithRetryPolicy(coreapi.NoRetry()))
}

func directly(w *wire.Wire, op wire.Operation, r *http.Request, handle func(request) (result, *problem)) (answer, *problem) {
	in := readBody(r.Body)
	if p := in.check(); p != nil {
		return answer{}, p
	}
	inURL, _ := w.Route(op).Match(r.URL.EscapedPath(), r.URL.RawQuery)
	read, p := newRequest(w.Route(op), inURL, in)
	if p != nil {
		return answer{}, p
	}
	done, p := handle(read)
	if p != nil {
		return answer{}, p
	}
	return success(w, op, done)
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
