package coreapitest

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"

	"github.com/fypass/coreapi-go"
)

// state is what the fake knows. The fake's mutex guards it.
type state struct {
	clientStatus Status
	clientID     string
	forbidden    map[string]bool
	users        userTable
	devices      deviceTable
	logins       map[string]*login // by reqToken
	faults       []*activeFault
	requests     recorder
}

func newState(clientID string) *state {
	return &state{
		clientStatus: Active,
		clientID:     clientID,
		forbidden:    map[string]bool{},
		users:        newUserTable(),
		devices:      newDeviceTable(),
		logins:       map[string]*login{},
	}
}

// newID looks as the ids of a document database do. Assumption: the code
// INVALID_OBJECT_ID suggests one.
func newID() string {
	var id [12]byte
	_, _ = rand.Read(id[:]) // documented never to fail
	return hex.EncodeToString(id[:])
}

func newToken() string { return rand.Text() }

// admit makes the checks that every operation begins with.
func (s *state) admit(operation string, keys []string, want string) *problem {
	if len(keys) != 1 || subtle.ConstantTimeCompare([]byte(keys[0]), []byte(want)) != 1 {
		return failed(coreapi.CodeClientKeyNotFound)
	}
	if code := codesOfStatus[s.clientStatus].client; code != "" {
		return failed(code)
	}
	if s.forbidden[operation] {
		return failed(coreapi.CodeEndpointForbidden)
	}
	return nil
}

func (s *state) clientInfo(request) (any, *problem) {
	return clientInfo{ID: s.clientID, Name: "Test client", Status: string(s.clientStatus)}, nil
}

// clientInfo is coreapi.ClientInfo on the wire.
type clientInfo struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

// object is a JSON object whose values stay as they were written, so that large
// numbers stay exact.
type object map[string]json.RawMessage
