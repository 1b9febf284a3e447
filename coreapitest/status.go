package coreapitest

import (
	"fmt"

	"github.com/fypass/coreapi-go"
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

// statusCodes are the codes that a status costs; "" costs none.
type statusCodes struct{ client, user coreapi.Code }

var codesOfStatus = map[Status]statusCodes{
	Active:    {},
	Inactive:  {coreapi.CodeClientAccountInactive, coreapi.CodeUserNotActive},
	Suspended: {coreapi.CodeClientAccountSuspended, coreapi.CodeUserSuspended},
	Deleted:   {coreapi.CodeClientAccountDeleted, coreapi.CodeUserDeleted},
}

func (st Status) check() error {
	if _, known := codesOfStatus[st]; !known {
		return fmt.Errorf(`the status %q is none: pass "active", "inactive", "suspended" or "deleted"`, string(st))
	}
	return nil
}
