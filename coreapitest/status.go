package coreapitest

import (
	"fmt"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/internal/wire"
)

// Status is that of the client, or of a user.
type Status string

// The statuses. Assumption: the reference names them, not their values.
const (
	Active    Status = "active"
	Inactive  Status = "inactive"
	Suspended Status = "suspended"
	Deleted   Status = "deleted"
)

// statusCodes are the codes that a status costs, "" for none, and what it is where a
// profile has it as a number.
type statusCodes struct {
	client, user coreapi.Code
	number       string
}

var codesOfStatus = map[Status]statusCodes{
	Active:    {number: "1"},
	Inactive:  {coreapi.CodeClientAccountInactive, coreapi.CodeUserNotActive, "2"},
	Suspended: {coreapi.CodeClientAccountSuspended, coreapi.CodeUserSuspended, "3"},
	Deleted:   {coreapi.CodeClientAccountDeleted, coreapi.CodeUserDeleted, "4"},
}

// statusText is the client's status as the profile has it.
func statusText(w *wire.Wire, st Status) string {
	if w.Route(wire.Info).NumberInResult(wire.Status) {
		return codesOfStatus[st].number
	}
	return string(st)
}

func (st Status) check() error {
	if _, known := codesOfStatus[st]; !known {
		return fmt.Errorf(`the status %q is none: pass "active", "inactive", "suspended" or "deleted"`, string(st))
	}
	return nil
}
