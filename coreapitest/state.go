package coreapitest

import (
	"crypto/rand"
	"encoding/hex"
	"math/big"
	"net/http"
	"strconv"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// state is what the fake knows. The fake's mutex guards it.
type state struct {
	wire         *wire.Wire
	saysFailed   bool // a login's status says that it failed; else it is an error
	newIDs       makers
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

func newState(w *wire.Wire, clientID string, limits Limits) *state {
	return &state{
		wire:         w,
		saysFailed:   saysFailed(w),
		newIDs:       newMakers(w),
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

// newNumber is an id or a token where the profile has it as a number: 15 digits, which
// every JSON parser keeps.
func newNumber() string {
	const smallest = 100_000_000_000_000
	n, _ := rand.Int(rand.Reader, big.NewInt(9*smallest)) // documented never to fail
	return strconv.FormatInt(smallest+n.Int64(), 10)
}

// makers make up ids and tokens, each as the profile has it.
type makers struct{ client, user, device, reqToken, userToken func() string }

func newMakers(w *wire.Wire) makers {
	made := func(n wire.Name, asText func() string, ops ...wire.Operation) func() string {
		for _, op := range ops {
			if r := w.Route(op); r.NumberInResult(n) || r.NumberInRequest(n) {
				return newNumber
			}
		}
		return asText
	}
	return makers{
		client:    made(wire.ID, newID, wire.Info),
		user:      made(wire.UserID, newID, wire.Login, wire.LoginStatus),
		device:    made(wire.ID, newID, wire.SaveDevice, wire.GetDevice),
		reqToken:  made(wire.ReqToken, newToken, wire.Login, wire.StartLogin, wire.LoginStatus),
		userToken: made(wire.UserToken, newToken, wire.Login, wire.LoginStatus),
	}
}

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

const clientName = "Test client"

func (s *state) clientInfo(request) (result, *problem) {
	return result{values: wire.Values{
		wire.ID:          s.clientID,
		wire.DisplayName: clientName,
		wire.Status:      statusText(s.wire, s.clientStatus),
	}}, nil
}
