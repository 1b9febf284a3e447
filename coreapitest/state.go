package coreapitest

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"github.com/fypass/coreapi-go"
)

// state is what the fake knows. The fake's mutex guards it.
type state struct {
	clientStatus Status
	clientID     string
	forbidden    map[string]bool // by operation
	tokenWanted  map[string]bool // by operation: those that need a user's token
	users        userTable
	devices      deviceTable
	logins       loginTable
	faults       faultList
	requests     queue[Recorded]
	requestIDs   requestIDs
}

func newState(clientID string, limits Limits) *state {
	return &state{
		clientStatus: Active,
		clientID:     clientID,
		forbidden:    map[string]bool{},
		tokenWanted:  map[string]bool{},
		users:        newUserTable(),
		devices:      newDeviceTable(limits),
		logins:       newLoginTable(limits),
		faults:       faultList{max: limits.Faults, maxBytes: limits.FaultBytes},
		requests:     queue[Recorded]{max: limits.Requests, maxBytes: limits.RequestBytes},
		requestIDs:   newRequestIDs(),
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

// admit checks whether the client may call the operation, and for whom. What a missing
// user token gets is an assumption.
func (s *state) admit(operation, userToken string) *problem {
	if code := codesOfStatus[s.clientStatus].client; code != "" {
		return failed(code)
	}
	if s.forbidden[operation] {
		return failed(coreapi.CodeEndpointForbidden)
	}
	if s.tokenWanted[operation] && !s.logins.userTokens[userToken] {
		return refused(http.StatusUnauthorized, noUserToken)
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
