package coreapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go/internal/jsonmembers"
	"github.com/fypass/coreapi-go/internal/printable"
	"github.com/fypass/coreapi-go/internal/wire"
)

// DevicesService has the operations on devices. It is safe for concurrent use.
type DevicesService struct{ client *Client }

// parent is safe on a service that New did not make.
func (s *DevicesService) parent() *Client {
	if s == nil {
		return nil
	}
	return s.client
}

// DeviceInfo is what is known of a device ("deviceInfo"). The names of its fields
// are assumptions. On the wire a device is one flat object. PushToken is not
// printed, and Extra is printed as its keys, in JSON too: to store a device, keep
// Device.Raw, or the fields.
type DeviceInfo struct {
	DeviceID   string // required by Devices.Save
	Name       string
	Model      string
	Platform   string
	OSVersion  string
	AppVersion string
	PushToken  Secret

	// Extra holds further fields, and is kept both ways. Numbers that come in are
	// json.Number, so that large ones stay exact. A key that is a field's, in any
	// letter case, or "id" is refused.
	Extra map[string]any
}

// Device is a device as the API stores it. Raw is the whole object as it came.
type Device struct {
	ID   string // the API's, for Devices.Get
	Info DeviceInfo
	Raw  RawJSON
}

// fields are DeviceInfo's fields by their names on the wire. Assumption.
func (d *DeviceInfo) fields() []textField {
	return []textField{
		{"deviceId", &d.DeviceID},
		{"name", &d.Name},
		{"model", &d.Model},
		{"platform", &d.Platform},
		{"osVersion", &d.OSVersion},
		{"appVersion", &d.AppVersion},
		{"pushToken", (*string)(&d.PushToken)},
	}
}

const (
	deviceIDField  = "id" // the API's id of a stored device
	pushTokenField = "pushToken"
)

// Save stores a device ("Save Device"). info needs a DeviceID. A device that
// exists already is ErrDuplicateKey. It is safe for concurrent use.
//
// Save is not retried where the first request may have been acted on, but after a
// REQUEST_TIMEOUT, as the reference asks, and where a profile saves by PUT. The error
// then has DeliveryUnknown: read the device, where its id is known, or save it once
// more; ErrDuplicateKey then says that it is stored. Where DUPLICATE_KEY comes
// after such an attempt within one call, the error has DeliveryUnknown too: the
// stored device may be this one.
func (s *DevicesService) Save(ctx context.Context, info DeviceInfo, opts ...CallOption) (*Device, error) {
	c := s.parent()
	route := c.profile().SaveDevice
	spec := callSpec{
		op:      Operation{"Devices.Save", route.Method, routePath(route.Path)},
		refused: info.check(),
		route:   route.Path,
		secrets: []string{string(info.PushToken)},
		lacks:   lacking(deviceLacks),
		wireOp:  wire.SaveDevice,
	}
	switch w := c.wire(); {
	case spec.refused != nil:
	case w != nil:
		spec = info.fill(w, spec)
	default:
		spec.body, spec.refused = info.encode()
	}
	return send[Device](ctx, c, spec, opts)
}

// Get reads a stored device ("Get Device Detail") by the API's id of it. It is
// safe for concurrent use.
func (s *DevicesService) Get(ctx context.Context, id string, opts ...CallOption) (*Device, error) {
	c := s.parent()
	route := c.profile().GetDevice
	spec := callSpec{
		op:          Operation{"Devices.Get", route.Method, routePath(route.Path)},
		route:       route.Path,
		placeholder: idPlaceholder,
		value:       id,
		lacks:       lacking(deviceLacks),
		wireOp:      wire.GetDevice,
	}
	if id == "" {
		spec.refused = errors.New("the id is empty: pass an id that the API gave, Device.ID")
	}
	return send[Device](ctx, c, c.onWire(spec, &wire.Values{wire.ID: id}), opts)
}

// check refuses what cannot be sent as it is, before any of it is encoded.
func (d DeviceInfo) check() error {
	if d.DeviceID == "" {
		return errors.New("the device has no DeviceID: set it")
	}
	for key := range d.Extra {
		if strings.EqualFold(key, deviceIDField) {
			return errors.New("DeviceInfo.Extra holds the key \"id\", which is the API's own: leave it out")
		}
		if isDeviceField(key) {
			return fmt.Errorf("DeviceInfo.Extra holds the key %q, which is a field's: set the field, and leave the key out", printable.Line(key, printable.MaxIdentifier))
		}
	}
	if len(d.Extra) > 0 {
		if _, err := encodeBody(d.Extra); err != nil {
			return fmt.Errorf("DeviceInfo.Extra: %w", err)
		}
	}
	var fields []bodyField
	for _, f := range d.fields() {
		if *f.value != "" {
			fields = append(fields, bodyField{f.name, *f.value})
		}
	}
	return checkFields(fields)
}

// encode writes the flat object, without empty fields.
func (d DeviceInfo) encode() ([]byte, error) {
	object := make(map[string]any, len(d.Extra)+7)
	maps.Copy(object, d.Extra)
	for _, f := range d.fields() {
		if *f.value != "" {
			object[f.name] = *f.value
		}
	}
	return json.Marshal(object)
}

// fill puts the device where a profile's templates have it.
func (d DeviceInfo) fill(w wireFormat, spec callSpec) callSpec {
	extra, err := sortedMembers(d.Extra)
	if err != nil {
		spec.refused = err
		return spec
	}
	return w.request(spec, &wire.Values{
		wire.DeviceID: d.DeviceID, wire.DisplayName: d.Name, wire.Model: d.Model, wire.Platform: d.Platform,
		wire.OSVersion: d.OSVersion, wire.AppVersion: d.AppVersion, wire.PushToken: string(d.PushToken),
	}, extra)
}

func isDeviceField(key string) bool {
	if strings.EqualFold(key, deviceIDField) {
		return true
	}
	return slices.ContainsFunc((&DeviceInfo{}).fields(), func(f textField) bool { return strings.EqualFold(f.name, key) })
}

// UnmarshalJSON reads the flat object. Field names match in any letter case, as
// in encoding/json; the rest is kept in Extra.
func (d *DeviceInfo) UnmarshalJSON(data []byte) error {
	_, info, err := decodeDevice(data)
	if err == nil {
		*d = info
	}
	return err
}

// UnmarshalJSON reads the flat object, and keeps it in Raw.
func (d *Device) UnmarshalJSON(data []byte) error {
	id, info, err := decodeDevice(data)
	if err == nil {
		*d = Device{ID: id, Info: info, Raw: slices.Clone(RawJSON(data))}
	}
	return err
}

func (d *Device) keepRaw(raw RawJSON) { d.Raw = raw }

func (d *Device) decodeWire(data []byte) (err error) {
	d.ID, d.Info, err = decodeDevice(data)
	return err
}

func (d *Device) setValues(v *wire.Values, extra []wire.Member) (err error) {
	d.ID = v[wire.ID]
	d.Info = DeviceInfo{
		DeviceID: v[wire.DeviceID], Name: v[wire.DisplayName], Model: v[wire.Model], Platform: v[wire.Platform],
		OSVersion: v[wire.OSVersion], AppVersion: v[wire.AppVersion], PushToken: Secret(v[wire.PushToken]),
	}
	d.Info.Extra, err = extraOf(extra)
	return err
}

func deviceLacks(d *Device) string {
	if d.ID == "" {
		return "the response has no id of a device"
	}
	return ""
}

func decodeDevice(data []byte) (id string, info DeviceInfo, err error) {
	fields := append(info.fields(), textField{deviceIDField, &id})
	hasExtra := false
	err = readTexts(data, fields, func(jsonmembers.Member) error { hasExtra = true; return nil })
	if err == nil && hasExtra {
		info.Extra, err = decodeExtra(data, fields)
	}
	return id, info, err
}

// decodeExtra decodes the members that are no field, with numbers as they are written. It
// decodes all at once, since a decoder for each costs a KiB.
func decodeExtra(object []byte, fields []textField) (extra map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	if err := d.Decode(&extra); err != nil {
		return nil, err
	}
	maps.DeleteFunc(extra, func(name string, _ any) bool {
		return slices.ContainsFunc(fields, func(f textField) bool { return strings.EqualFold(f.name, name) })
	})
	return extra, nil
}

// printable is what a device shows: no token, and Extra as its keys, because
// nobody knows what is in it.
func (d DeviceInfo) printable() map[string]any {
	fields := map[string]string{}
	for _, f := range d.fields() {
		fields[f.name] = *f.value
	}
	fields[pushTokenField] = shownSecret(d.PushToken)
	shown := printable.NonEmpty(fields)
	if len(d.Extra) > 0 {
		// The name keeps what was printed from being sent: it is refused.
		shown["extra "+redacted] = slices.Sorted(maps.Keys(d.Extra))
	}
	return shown
}

// String returns the device without its push token, and Extra as its keys.
func (d DeviceInfo) String() string { return printable.Fields("DeviceInfo", d.printable()) }

// Format prints String() under any verb.
func (d DeviceInfo) Format(f fmt.State, verb rune) { printable.Format(f, verb, d.String()) }

// LogValue is String's fields, for slog; nil for a nil pointer.
func (d *DeviceInfo) LogValue() slog.Value {
	if d == nil {
		return slog.Value{}
	}
	return slog.AnyValue(d.printable())
}

// MarshalJSON is String's fields: for logs, not for the wire.
func (d DeviceInfo) MarshalJSON() ([]byte, error) { return json.Marshal(d.printable()) }

func (d Device) printable() map[string]any {
	shown := d.Info.printable()
	if d.ID != "" {
		shown[deviceIDField] = d.ID
	}
	return shown
}

// String returns the device without its push token, and Extra as its keys.
func (d Device) String() string { return printable.Fields("Device", d.printable()) }

// Format prints String() under any verb.
func (d Device) Format(f fmt.State, verb rune) { printable.Format(f, verb, d.String()) }

// LogValue is String's fields, for slog; nil for a nil pointer.
func (d *Device) LogValue() slog.Value {
	if d == nil {
		return slog.Value{}
	}
	return slog.AnyValue(d.printable())
}

// MarshalJSON is String's fields: for logs, not for the wire.
func (d Device) MarshalJSON() ([]byte, error) { return json.Marshal(d.printable()) }
