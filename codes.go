package coreapi

import (
	"errors"
	"slices"
)

// Code is an error code of the API. It is what a partner quotes to the API's
// admin. Source: the API's reference, which documents 15 of them.
type Code string

// The documented codes, in the reference's order and under its group names.
const (
	// The client: the partner's registered application.
	CodeClientClosedRequest    Code = "CLIENT_CLOSED_REQUEST"
	CodeClientAccountInactive  Code = "CLIENT_ACCOUNT_INACTIVE"
	CodeClientAccountSuspended Code = "CLIENT_ACCOUNT_SUSPENDED"
	CodeClientAccountDeleted   Code = "CLIENT_ACCOUNT_DELETED"
	CodeClientKeyNotFound      Code = "UNITSYSTEM00001"
	CodeEndpointForbidden      Code = "UNITSYSTEM00002"

	// The user who logs in.
	CodeUserNotFound          Code = "USER_NOT_FOUND"
	CodeInvalidPassword       Code = "INVALID_PASSWORD"
	CodeUserNotActive         Code = "USER_NOT_ACTIVE"
	CodeUserSuspended         Code = "USER_SUSPENDED"
	CodeUserDeleted           Code = "USER_DELETED"
	CodeFailedUpdateUserToken Code = "FAILED_UPDATE_USER_TOKEN"

	// Everything else.
	CodeRequestTimeout  Code = "REQUEST_TIMEOUT"
	CodeDuplicateKey    Code = "DUPLICATE_KEY"
	CodeInvalidObjectID Code = "INVALID_OBJECT_ID"
)

// sentinel is a value to compare with errors.Is. It is compared by address.
type sentinel struct{ text string }

func (s *sentinel) Error() string { return "coreapi: " + s.text }

// One sentinel for each documented code. errors.Is(err, ErrX) is true for an
// error that carries the code, however it is wrapped.
var (
	// ErrClientClosedRequest matches CLIENT_CLOSED_REQUEST. By the SDK's own
	// reading it also matches a call that its caller cancelled, even one that
	// never left the process. A deadline that passed does not match it.
	ErrClientClosedRequest error = &sentinel{"request closed by the client (CLIENT_CLOSED_REQUEST)"}
	// ErrClientInactive matches CLIENT_ACCOUNT_INACTIVE.
	ErrClientInactive error = &sentinel{"client inactive (CLIENT_ACCOUNT_INACTIVE)"}
	// ErrClientSuspended matches CLIENT_ACCOUNT_SUSPENDED.
	ErrClientSuspended error = &sentinel{"client suspended (CLIENT_ACCOUNT_SUSPENDED)"}
	// ErrClientDeleted matches CLIENT_ACCOUNT_DELETED.
	ErrClientDeleted error = &sentinel{"client deleted (CLIENT_ACCOUNT_DELETED)"}
	// ErrClientKeyNotFound matches UNITSYSTEM00001.
	ErrClientKeyNotFound error = &sentinel{"client key not found (UNITSYSTEM00001)"}
	// ErrEndpointForbidden matches UNITSYSTEM00002.
	ErrEndpointForbidden error = &sentinel{"endpoint forbidden (UNITSYSTEM00002)"}

	// ErrUserNotFound matches USER_NOT_FOUND. See ErrCredentials.
	ErrUserNotFound error = &sentinel{"user not found (USER_NOT_FOUND)"}
	// ErrInvalidPassword matches INVALID_PASSWORD. See ErrCredentials.
	ErrInvalidPassword error = &sentinel{"invalid password (INVALID_PASSWORD)"}
	// ErrUserNotActive matches USER_NOT_ACTIVE.
	ErrUserNotActive error = &sentinel{"user not active (USER_NOT_ACTIVE)"}
	// ErrUserSuspended matches USER_SUSPENDED.
	ErrUserSuspended error = &sentinel{"user suspended (USER_SUSPENDED)"}
	// ErrUserDeleted matches USER_DELETED.
	ErrUserDeleted error = &sentinel{"user deleted (USER_DELETED)"}
	// ErrFailedUpdateUserToken matches FAILED_UPDATE_USER_TOKEN.
	ErrFailedUpdateUserToken error = &sentinel{"user token not updated (FAILED_UPDATE_USER_TOKEN)"}

	// ErrRequestTimeout matches REQUEST_TIMEOUT.
	ErrRequestTimeout error = &sentinel{"request timed out at the API (REQUEST_TIMEOUT)"}
	// ErrDuplicateKey matches DUPLICATE_KEY.
	ErrDuplicateKey error = &sentinel{"duplicate key (DUPLICATE_KEY)"}
	// ErrInvalidObjectID matches INVALID_OBJECT_ID.
	ErrInvalidObjectID error = &sentinel{"invalid object id (INVALID_OBJECT_ID)"}
)

// Groups of codes.
var (
	// ErrClientAccount matches the three codes that say the client's account
	// has no access: inactive, suspended, deleted.
	ErrClientAccount error = &sentinel{"client account has no access"}
	// ErrUserAccount matches the three codes that say the user's account has no
	// access: not active, suspended, deleted.
	ErrUserAccount error = &sentinel{"user account has no access"}
	// ErrCredentials matches USER_NOT_FOUND and INVALID_PASSWORD. Show end users
	// one message for both, or they can find out which accounts exist.
	ErrCredentials error = &sentinel{"credentials not accepted"}
	// ErrContactAdmin matches an error for which the documented advice is now to
	// contact the admin: the codes that the reference says so of, and a
	// REQUEST_TIMEOUT that the call had at least twice.
	ErrContactAdmin error = &sentinel{"contact the admin"}
	// ErrUnknownCode matches an error response that has no code, or one that is
	// not in the catalogue.
	ErrUnknownCode error = &sentinel{"error response without a documented code"}
)

// The SDK's own conditions. ErrUnknownCode and the last three exclude each
// other.
var (
	// ErrInvalidArgument matches an argument or option that the SDK refused
	// before any I/O. The text says what to pass instead.
	ErrInvalidArgument error = &sentinel{"invalid argument"}
	// ErrUnexpectedResponse matches a 2xx response that does not say what the operation
	// is for, does not decode into the wanted type, is empty, or was cut short.
	ErrUnexpectedResponse error = &sentinel{"unexpected response"}
	// ErrResponseTooLarge matches a response over the limit of
	// WithMaxResponseBytes.
	ErrResponseTooLarge error = &sentinel{"response too large"}
	// ErrRedirect matches a redirect without a documented code. Redirects are
	// never followed, so that the client key stays with the base URL's origin.
	ErrRedirect error = &sentinel{"redirect not followed"}
)

// CodeInfo is what is known of a documented code. Meaning and Advice are this
// SDK's words for what the reference says; Group is the reference's.
type CodeInfo struct {
	Code      Code
	Sentinel  error  // what errors.Is compares with
	Group     string // "client", "user" or "other"
	Meaning   string // what happened
	Advice    string // what to do, and who does it
	Action    Action // the same as data
	Retryable bool   // whether the reference says to send it again
}

// catalogueRow adds what callers reach by other ways.
type catalogueRow struct {
	CodeInfo
	group error // the group's sentinel, nil for none
}

const (
	groupClient = "client"
	groupUser   = "user"
	groupOther  = "other"
)

// catalogue is the one table of the documented codes. Sentinels, groups,
// guidance, the retry rule, the table in docs/errors.md and the fake derive from it.
// Source: the API's reference.
var catalogue = [...]catalogueRow{
	{CodeInfo{CodeClientClosedRequest, ErrClientClosedRequest, groupClient,
		"The client closed the request while the API was still working on it.",
		"Nothing needs to be done.",
		ActionNone, false}, nil},
	{CodeInfo{CodeClientAccountInactive, ErrClientInactive, groupClient,
		"The client's account is inactive, so it has no access.",
		"Contact the admin to have the client activated.",
		ActionContactAdmin, false}, ErrClientAccount},
	{CodeInfo{CodeClientAccountSuspended, ErrClientSuspended, groupClient,
		"The client's account is suspended, so it has no access.",
		"Contact the admin to have the suspension lifted.",
		ActionContactAdmin, false}, ErrClientAccount},
	{CodeInfo{CodeClientAccountDeleted, ErrClientDeleted, groupClient,
		"The client's account is deleted, so it has no access.",
		"Contact the admin about the deleted client.",
		ActionContactAdmin, false}, ErrClientAccount},
	{CodeInfo{CodeClientKeyNotFound, ErrClientKeyNotFound, groupClient,
		"The client key that was sent is not found or not registered.",
		"Contact the admin to get the right client key.",
		ActionContactAdmin, false}, nil},
	{CodeInfo{CodeEndpointForbidden, ErrEndpointForbidden, groupClient,
		"The client has no access to this endpoint.",
		"Contact the admin to ask for access to the endpoint.",
		ActionContactAdmin, false}, nil},
	{CodeInfo{CodeUserNotFound, ErrUserNotFound, groupUser,
		"The email or WhatsApp account used to log in is not registered.",
		"Log in with a registered account.",
		ActionFixCredentials, false}, ErrCredentials},
	{CodeInfo{CodeInvalidPassword, ErrInvalidPassword, groupUser,
		"The password used to log in is wrong.",
		"Log in with the right password.",
		ActionFixCredentials, false}, ErrCredentials},
	{CodeInfo{CodeUserNotActive, ErrUserNotActive, groupUser,
		"The user's account is inactive.",
		"Contact the admin to have the user activated.",
		ActionContactAdmin, false}, ErrUserAccount},
	{CodeInfo{CodeUserSuspended, ErrUserSuspended, groupUser,
		"The user's account is suspended.",
		"Contact the admin to have the user's suspension lifted.",
		ActionContactAdmin, false}, ErrUserAccount},
	{CodeInfo{CodeUserDeleted, ErrUserDeleted, groupUser,
		"The user's account is deleted.",
		"Contact the admin about the deleted user.",
		ActionContactAdmin, false}, ErrUserAccount},
	{CodeInfo{CodeFailedUpdateUserToken, ErrFailedUpdateUserToken, groupUser,
		"The login or registration failed; its reqToken may be invalid.",
		"Use a valid reqToken: start a new login to get one.",
		ActionFixRequest, false}, nil},
	{CodeInfo{CodeRequestTimeout, ErrRequestTimeout, groupOther,
		"The API took too long to process the request.",
		"Send the request again later; if it times out again, contact the admin.",
		ActionRetry, true}, nil},
	{CodeInfo{CodeDuplicateKey, ErrDuplicateKey, groupOther,
		"A value that was sent exists already.",
		"Change the value that has to be unique.",
		ActionFixRequest, false}, nil},
	{CodeInfo{CodeInvalidObjectID, ErrInvalidObjectID, groupOther,
		"A field that was sent, such as a token or an id, is invalid.",
		"Check the token or id that was sent.",
		ActionFixRequest, false}, nil},
}

// lookupCode finds a code's row; nil for a code that is not in the reference.
func lookupCode(code Code) *catalogueRow {
	if len(code) == 0 {
		return nil
	}
	for i := range catalogue {
		if catalogue[i].Code == code {
			return &catalogue[i]
		}
	}
	return nil
}

// Catalogue returns the 15 documented codes in the reference's order. The slice
// is a copy. It is safe for concurrent use.
func Catalogue() []CodeInfo {
	infos := make([]CodeInfo, len(catalogue))
	for i := range catalogue {
		infos[i] = catalogue[i].CodeInfo
	}
	return infos
}

// CodeOf returns the documented code of the first [*Error] in err's tree, or of the bare
// sentinel of a code where there is none. It returns "" for nil, for any other error and
// for a code that is not in the reference, so that it fits a metric's label: what servers
// make up is in Error.Code. It is safe for concurrent use.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		if e == nil || lookupCode(e.Code) == nil {
			return ""
		}
		return e.Code
	}
	i := slices.IndexFunc(catalogue[:], func(r catalogueRow) bool { return errors.Is(err, r.Sentinel) })
	if i < 0 {
		return ""
	}
	return catalogue[i].Code
}
