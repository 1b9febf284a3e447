package coreapitest

import (
	"net/http"

	"github.com/fypass/coreapi-go"
)

// statusClientClosedRequest is what nginx logs for a client that went away.
const statusClientClosedRequest = 499

// statuses has the HTTP status of each documented code. Assumption: the
// reference ties no code to a status, so nothing may depend on these. This is
// the one place where they stand.
var statuses = map[coreapi.Code]int{
	coreapi.CodeClientClosedRequest:    statusClientClosedRequest,
	coreapi.CodeClientAccountInactive:  http.StatusForbidden,
	coreapi.CodeClientAccountSuspended: http.StatusForbidden,
	coreapi.CodeClientAccountDeleted:   http.StatusForbidden,
	coreapi.CodeClientKeyNotFound:      http.StatusUnauthorized,
	coreapi.CodeEndpointForbidden:      http.StatusForbidden,
	coreapi.CodeUserNotFound:           http.StatusNotFound,
	coreapi.CodeInvalidPassword:        http.StatusUnauthorized,
	coreapi.CodeUserNotActive:          http.StatusForbidden,
	coreapi.CodeUserSuspended:          http.StatusForbidden,
	coreapi.CodeUserDeleted:            http.StatusForbidden,
	coreapi.CodeFailedUpdateUserToken:  http.StatusBadRequest,
	coreapi.CodeRequestTimeout:         http.StatusGatewayTimeout,
	coreapi.CodeDuplicateKey:           http.StatusConflict,
	coreapi.CodeInvalidObjectID:        http.StatusBadRequest,
}

// statusOf gives a fault's code that is not in the reference a status too.
func statusOf(code coreapi.Code) int {
	if status, ok := statuses[code]; ok {
		return status
	}
	return http.StatusBadRequest
}
