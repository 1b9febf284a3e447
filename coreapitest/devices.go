package coreapitest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/fypass/coreapi-go"
)

// deviceTable keeps the last devices, as the flat objects that they are on the wire.
type deviceTable struct {
	byID       map[string]*device
	byDeviceID map[string]*device
	order      queue[*device]
}

// device is a stored one. Its text takes less memory than its fields would.
type device struct {
	id, deviceID string
	text         json.RawMessage // the flat object
}

// size is roughly the memory that it takes, in bytes.
func (d *device) size() int { return len(d.text) + len(d.deviceID) + deviceOverhead }

// deviceOverhead is what a device takes beside its texts, in bytes.
const deviceOverhead = 300

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

// list reads the devices as the SDK would.
func (t *deviceTable) list() ([]coreapi.Device, error) {
	stored := t.order.items()
	devices := make([]coreapi.Device, len(stored))
	for i, d := range stored {
		if err := json.Unmarshal(d.text, &devices[i]); err != nil {
			return nil, err
		}
	}
	return devices, nil
}

const idField = "id"

// deviceFields are those of coreapi.DeviceInfo on the wire, in any letter case. They have
// to be strings, though the SDK reads numbers too.
type deviceFields struct{ DeviceID, Name, Model, Platform, OSVersion, AppVersion, PushToken string }

func (s *state) saveDevice(r request) (any, *problem) { return s.storeDevice(newID(), r.body) }

// storeDevice stores a device under an id that no other has.
func (s *state) storeDevice(id string, in body) (any, *problem) {
	fields := object{}
	if p := in.decode(&fields); p != nil {
		return nil, p
	}
	var info deviceFields
	if p := in.decode(&info); p != nil {
		return nil, p
	}
	if info.DeviceID == "" {
		return nil, refused(http.StatusBadRequest, noDeviceID)
	}
	if s.devices.byDeviceID[info.DeviceID] != nil || s.devices.byID[id] != nil {
		return nil, failed(coreapi.CodeDuplicateKey)
	}
	for name := range fields {
		if strings.EqualFold(name, idField) {
			delete(fields, name)
		}
	}
	fields[idField], _ = json.Marshal(id) // a string always encodes
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, refused(http.StatusBadRequest, notJSONBody)
	}
	s.devices.add(&device{id: id, deviceID: info.DeviceID, text: text})
	return json.RawMessage(text), nil
}

func (s *state) getDevice(r request) (any, *problem) {
	d := s.devices.byID[r.value]
	if d == nil {
		return nil, failed(coreapi.CodeInvalidObjectID)
	}
	return d.text, nil
}

// addDevice goes through the SDK, which alone knows how a DeviceInfo is written
// and what of it is refused. Neither faults nor Requests see it, and nothing is signed.
func (f *fake) addDevice(id string, info coreapi.DeviceInfo) (*coreapi.Device, error) {
	client, err := direct(func(in body) (any, *problem) {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.state.storeDevice(id, in)
	})
	if err != nil {
		return nil, err
	}
	return client.Devices.Save(context.Background(), info)
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
		return nil
	})
	if err != nil {
		return err
	}
	client, err := direct(func(body) (any, *problem) { return map[string]string{idField: id}, nil })
	if err != nil {
		return err
	}
	if _, err = client.Devices.Get(context.Background(), id); errors.Is(err, coreapi.ErrInvalidArgument) {
		return err
	}
	return nil
}

// direct makes a client whose requests answer gets, without any check.
func direct(answer func(body) (any, *problem)) (*coreapi.Client, error) {
	transport := roundTripFunc(func(r *http.Request) (*http.Response, error) {
		in := readBody(r.Body)
		p := in.check()
		var result any
		if p == nil {
			result, p = answer(in)
		}
		if p != nil {
			return p.answer(coreapi.English).response(r), nil
		}
		return success(result, "").response(r), nil
	})
	return coreapi.New(memoryURL, coreapi.ClientKey("key"),
		coreapi.WithHTTPClient(&http.Client{Transport: transport}), coreapi.WithRetryPolicy(coreapi.NoRetry()))
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
