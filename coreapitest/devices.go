package coreapitest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/fypass/coreapi-go"
)

// deviceTable keeps devices as the flat objects that they are on the wire.
type deviceTable struct {
	byID     map[string]object
	deviceID map[string]bool
	ids      []string // in the order of storing
}

func newDeviceTable() deviceTable {
	return deviceTable{byID: map[string]object{}, deviceID: map[string]bool{}}
}

// list reads the devices as the SDK would.
func (t deviceTable) list() ([]coreapi.Device, error) {
	devices := make([]coreapi.Device, len(t.ids))
	for i, id := range t.ids {
		data, err := json.Marshal(t.byID[id])
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, &devices[i]); err != nil {
			return nil, err
		}
	}
	return devices, nil
}

const idField = "id"

// deviceFields are those of coreapi.DeviceInfo on the wire, in any letter case. They have
// to be strings, though the SDK reads numbers too.
type deviceFields struct{ DeviceID, Name, Model, Platform, OSVersion, AppVersion, PushToken string }

func (s *state) saveDevice(r request) (any, *problem) {
	fields := object{}
	if p := r.body.decode(&fields); p != nil {
		return nil, p
	}
	var info deviceFields
	if p := r.body.decode(&info); p != nil {
		return nil, p
	}
	if info.DeviceID == "" {
		return nil, refused(http.StatusBadRequest, noDeviceID)
	}
	if s.devices.deviceID[info.DeviceID] {
		return nil, failed(coreapi.CodeDuplicateKey)
	}
	id := newID()
	for name := range fields {
		if strings.EqualFold(name, idField) {
			delete(fields, name)
		}
	}
	fields[idField] = json.RawMessage(`"` + id + `"`)
	s.devices.byID[id] = fields
	s.devices.deviceID[info.DeviceID] = true
	s.devices.ids = append(s.devices.ids, id)
	return fields, nil
}

func (s *state) getDevice(r request) (any, *problem) {
	fields, ok := s.devices.byID[r.value]
	if !ok {
		return nil, failed(coreapi.CodeInvalidObjectID)
	}
	return fields, nil
}

// addDevice goes through the SDK, which alone knows how a DeviceInfo is written
// and what of it is refused. Neither faults nor Requests see it, and nothing is signed.
func (f *fake) addDevice(info coreapi.DeviceInfo) (*coreapi.Device, error) {
	direct := roundTripFunc(func(r *http.Request) (*http.Response, error) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		result, p := f.state.saveDevice(request{body: body{data: data, size: int64(len(data))}})
		if p != nil {
			return p.answer(coreapi.English).response(r), nil
		}
		return success(result, "").response(r), nil
	})
	client, err := coreapi.New(memoryURL, coreapi.ClientKey("key"), coreapi.WithHTTPClient(&http.Client{Transport: direct}))
	if err != nil {
		return nil, err
	}
	return client.Devices.Save(context.Background(), info, coreapi.WithRetryPolicy(coreapi.NoRetry()))
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
