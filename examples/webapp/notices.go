package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/fypass/coreapi-go"
)

// notice is what an end user may see of an error. It holds neither the code nor
// the API's words: those are for the log and for the admin.
type notice struct {
	Title  string
	Text   string
	Again  bool // trying again may help
	Quote  bool // show the reference, which leads support and the admin to the request
	Status int  // of the page
}

// noticeFor is the one place where errors become what users see. Copy it, and
// put your own words in. The first rule that fits decides.
func noticeFor(err error) notice {
	f := failure{err, apiErrorOf(err)}
	for _, rule := range rules {
		if rule.fits(f) {
			return rule.notice
		}
	}
	// All else that a user can do nothing about: the partner's own access, an answer
	// that nobody expected.
	return notice{
		Title:  "Something is wrong on our side",
		Text:   "It is not your fault. Please tell our support, and give them the reference below.",
		Quote:  true,
		Status: http.StatusBadGateway,
	}
}

// rules: one code can mean different things to a user, by what was asked for.
var rules = []struct {
	fits func(failure) bool
	notice
}{
	{failure.loginCancelled, notice{
		Title:  "You cancelled the login",
		Text:   "Nothing has happened. You can start again whenever you like.",
		Again:  true,
		Status: http.StatusOK,
	}},
	// One text for an unknown account and a wrong password. With two, anyone
	// could try addresses and learn which of them have an account.
	{failure.credentialsRefused, notice{
		Title:  "We could not log you in",
		Text:   "The account or the password is not right. Check both and try again.",
		Again:  true,
		Status: http.StatusForbidden,
	}},
	{failure.accountRefused, notice{
		Title:  "Your account cannot be used here",
		Text:   "Our support can help you. Please give them the reference below.",
		Quote:  true,
		Status: http.StatusForbidden,
	}},
	{failure.loginExpired, notice{
		Title:  "This login has expired",
		Text:   "Please log in again.",
		Again:  true,
		Status: http.StatusForbidden,
	}},
	{failure.perhapsDone, notice{
		Title:  "We cannot say whether that worked",
		Text:   "Please look whether it did before you do it again. If you cannot tell, ask our support, and give them the reference below.",
		Quote:  true,
		Status: http.StatusServiceUnavailable,
	}},
	{failure.interrupted, notice{
		Title:  "That was interrupted",
		Text:   "Please try again.",
		Again:  true,
		Status: http.StatusServiceUnavailable,
	}},
	{failure.valueTaken, notice{
		Title:  "This is registered already",
		Text:   "Please give another value.",
		Again:  true,
		Status: http.StatusConflict,
	}},
	// With the reference, because a second time is a case for the admin.
	{failure.temporary, notice{
		Title:  "That did not work just now",
		Text:   "Please try again in a moment. If it happens again, tell our support, and give them the reference below.",
		Again:  true,
		Quote:  true,
		Status: http.StatusServiceUnavailable,
	}},
	{failure.ourMistake, notice{
		Title:  "Something is wrong on our side",
		Text:   "It is not your fault. Please tell our support, and give them the reference below.",
		Quote:  true,
		Status: http.StatusInternalServerError,
	}},
}

// failure is an error as the rules look at it.
type failure struct {
	err error
	api *coreapi.Error // an empty one where err is none of the SDK's
}

const (
	opStartLogin  = "Users.StartLogin"
	opLoginStatus = "Users.LoginStatus"
)

func (f failure) is(target error) bool { return errors.Is(f.err, target) }

// ofLogin: the call was a part of logging in.
func (f failure) ofLogin() bool {
	return f.api.Operation == "" || strings.HasPrefix(f.api.Operation, "Users.")
}

// loginCancelled: a login that failed so has no status of its own, because the call
// that asked for it went well. With a status, or without the code, it is the call that
// was cancelled, and not by the user.
func (f failure) loginCancelled() bool {
	return f.api.Operation == opLoginStatus && f.api.Code == coreapi.CodeClientClosedRequest && f.api.StatusCode == 0
}

func (f failure) credentialsRefused() bool { return f.ofLogin() && f.is(coreapi.ErrCredentials) }

func (f failure) accountRefused() bool { return f.is(coreapi.ErrUserAccount) }

// loginExpired: a reqToken that is not valid, or a user who is not known any more.
func (f failure) loginExpired() bool {
	return f.is(coreapi.ErrFailedUpdateUserToken) || f.is(coreapi.ErrCredentials) ||
		f.api.Operation == opLoginStatus && f.is(coreapi.ErrInvalidObjectID)
}

// perhapsDone: what stores something may have done so. Logins store nothing of ours.
func (f failure) perhapsDone() bool {
	changes := f.api.Method != "" && f.api.Method != http.MethodGet && f.api.Method != http.MethodHead
	return changes && !f.ofLogin() && f.api.Delivery == coreapi.DeliveryUnknown && !coreapi.IsRetryable(f.err)
}

// interrupted: the call was cancelled, by this application or on the way.
func (f failure) interrupted() bool { return f.is(coreapi.ErrClientClosedRequest) }

// valueTaken: the user gave a value, here or on the hosted page.
func (f failure) valueTaken() bool {
	switch f.api.Operation {
	case opStartLogin, "Devices.Get", "Clients.Info":
		return false
	}
	return f.is(coreapi.ErrDuplicateKey)
}

// temporary: the API was slow or could not be reached, so later may be better.
func (f failure) temporary() bool {
	return f.api.Timeout() || coreapi.IsRetryable(f.err) || f.loginUnanswered()
}

// loginUnanswered: the SDK does not repeat a POST that a gateway failed or whose
// connection broke, but a user may: a login that is started twice does no harm.
func (f failure) loginUnanswered() bool {
	gateway := f.api.StatusCode >= 500 && f.is(coreapi.ErrUnknownCode)
	broken := f.api.StatusCode == 0 && f.api.Code == "" && f.api.Attempts > 0
	return f.ofLogin() && f.api.Delivery == coreapi.DeliveryUnknown && (gateway || broken)
}

// ourMistake: the SDK refused what it was given, the API did not take an id, or
// nothing was sent at all.
func (f failure) ourMistake() bool {
	nothingSent := f.api.Attempts == 0 && f.api.StatusCode == 0 && f.api.Code == "" && !f.is(coreapi.ErrUnknownCode)
	return nothingSent || f.is(coreapi.ErrInvalidArgument) || f.is(coreapi.ErrInvalidObjectID)
}

// apiErrorOf is never nil.
func apiErrorOf(err error) *coreapi.Error {
	var apiError *coreapi.Error
	if errors.As(err, &apiError) && apiError != nil {
		return apiError
	}
	return &coreapi.Error{}
}

// referenceOf is what the user quotes: the id of the request, by which the API's
// admin finds it. Where none was made it is one of our own. Log it: support starts
// there.
func referenceOf(err error) string {
	return cmp.Or(apiErrorOf(err).RequestID, rand.Text())
}
