package main

import (
	"bytes"
	"cmp"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

//go:embed seed.json
var builtInSeed string

// seed is what the sandbox begins with, and goes back to.
type seed struct {
	isBuiltIn bool

	Client  seedClient   `json:"client"`
	Users   []seedUser   `json:"users"`
	Devices []seedDevice `json:"devices"`
}

// seedClient is the registered client. Key "": one is made up.
type seedClient struct {
	Key       string             `json:"key"`
	Status    coreapitest.Status `json:"status"`
	Forbidden []string           `json:"forbidden"` // names of operations
}

type seedUser struct {
	ID       string             `json:"id"`
	Email    string             `json:"email"`
	WhatsApp string             `json:"whatsapp"`
	Password string             `json:"password"`
	Status   coreapitest.Status `json:"status"`
}

// accounts are what the user logs in with.
func (u seedUser) accounts() []string {
	return slices.DeleteFunc([]string{u.Email, u.WhatsApp}, func(account string) bool { return account == "" })
}

// seedDevice is a flat object with any fields, as a device is on the wire. ID "": one is
// made up.
type seedDevice struct {
	ID string
	coreapi.DeviceInfo
}

// UnmarshalJSON reads the flat object.
func (d *seedDevice) UnmarshalJSON(data []byte) error {
	var device coreapi.Device
	if err := json.Unmarshal(data, &device); err != nil {
		return err
	}
	d.ID, d.DeviceInfo = device.ID, device.Info
	return nil
}

// maxSeed is far over what a sandbox is tried with, in bytes.
const maxSeed = 1 << 20

// loadSeed reads the file; the built-in seed if there is none.
func loadSeed(file string) (seed, error) {
	if file == "" {
		s, err := parseSeed([]byte(builtInSeed))
		s.isBuiltIn = true
		return s, err
	}
	data, err := readAtMost(file, maxSeed)
	if err != nil {
		return seed{}, fmt.Errorf("sandbox: the seed cannot be read: %w", shownPath(err))
	}
	s, err := parseSeed(data)
	if err != nil {
		return seed{}, fmt.Errorf("sandbox: the seed %s: %w", shown(file), err)
	}
	return s, nil
}

func parseSeed(data []byte) (seed, error) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	var s seed
	if err := decodeStrict(data, &s); err != nil {
		return seed{}, err
	}
	s.Client.Status = inLowerCase(s.Client.Status)
	for i := range s.Users {
		s.Users[i].Status = inLowerCase(s.Users[i].Status)
	}
	return s, s.Client.checkKey()
}

// withIDs makes up the ids that the seed does not give, so that they are the same after
// each reset: numbers where the profile has some.
func (s seed) withIDs(p coreapi.Profile) seed {
	s.Users, s.Devices = slices.Clone(s.Users), slices.Clone(s.Devices)
	newUserID, newDeviceID := newID, newID
	if usersHaveNumbers(p) {
		newUserID = newNumber
	}
	if devicesHaveNumbers(p) {
		newDeviceID = newNumber
	}
	for i := range s.Users {
		s.Users[i].ID = cmp.Or(s.Users[i].ID, newUserID())
	}
	for i := range s.Devices {
		s.Devices[i].ID = cmp.Or(s.Devices[i].ID, newDeviceID())
	}
	return s
}

func usersHaveNumbers(p coreapi.Profile) bool {
	return hasNumber("userId", p.Login.Result, p.LoginStatus.Result)
}

func devicesHaveNumbers(p coreapi.Profile) bool {
	return hasNumber("id", p.SaveDevice.Result, p.GetDevice.Result, p.GetDevice.Body)
}

// fitted is the built-in seed without what the profile has no place for: ids that are no
// numbers, and fields of the device. Another seed is its author's matter.
func (s seed) fitted(p coreapi.Profile) seed {
	if !s.isBuiltIn {
		return s
	}
	s.Users, s.Devices = slices.Clone(s.Users), slices.Clone(s.Devices)
	for i := range s.Users {
		if usersHaveNumbers(p) {
			s.Users[i].ID = ""
		}
	}
	for i := range s.Devices {
		d := &s.Devices[i]
		if devicesHaveNumbers(p) {
			d.ID = ""
		}
		if hasNumber("deviceId", p.SaveDevice.Body, p.SaveDevice.Result, p.GetDevice.Result) {
			d.DeviceID = newNumber()
		}
		for name, field := range map[string]*string{"name": &d.Name, "platform": &d.Platform, "osVersion": &d.OSVersion} {
			if p.SaveDevice.Body != "" && !strings.Contains(p.SaveDevice.Path+string(p.SaveDevice.Body), "{"+name+"}") {
				*field = ""
			}
		}
	}
	return s
}

// newID looks as the fake's ids do.
func newID() string {
	var id [12]byte
	_, _ = rand.Read(id[:]) // documented never to fail
	return hex.EncodeToString(id[:])
}

// newNumber is one of 15 digits, which every JSON parser keeps.
func newNumber() string {
	const smallest = 100_000_000_000_000
	n, _ := rand.Int(rand.Reader, big.NewInt(9*smallest)) // documented never to fail
	return strconv.FormatInt(smallest+n.Int64(), 10)
}

// checkKey lets the SDK judge: a key that it refuses could never be sent.
func (c seedClient) checkKey() error {
	if c.Key == "" {
		return nil
	}
	if _, err := coreapi.New("http://localhost", coreapi.ClientKey(c.Key)); err != nil {
		return errors.New("the client's key cannot be sent in a header: use printable characters, without spaces at the ends")
	}
	return nil
}

// decodeStrict wants one JSON value, and no field that nobody reads.
func decodeStrict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return clearJSONError(err, data)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind the JSON value")
	}
	return nil
}

// clearJSONError says where the mistake is.
func clearJSONError(err error, data []byte) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("it is empty: pass JSON")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON ends early")
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d is not valid JSON: %w", lineAt(data, syntax.Offset), err)
	case errors.As(err, &kind):
		return fmt.Errorf("line %d: %s cannot hold a JSON %s", lineAt(data, kind.Offset), cmp.Or(kind.Field, "it"), kind.Value)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

func lineAt(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte("\n"))
}
