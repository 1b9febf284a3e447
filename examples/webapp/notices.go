package main

import (
	"errors"
	"net/http"

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
// put your own words in. The first rule that matches decides.
func noticeFor(err error) notice {
	for _, rule := range []struct {
		when error
		notice
	}{
		// One text for an unknown account and a wrong password. With two, anyone
		// could try addresses and learn which of them have an account.
		{coreapi.ErrCredentials, notice{
			Title:  "We could not log you in",
			Text:   "The account or the password is not right. Check both and try again.",
			Again:  true,
			Status: http.StatusForbidden,
		}},
		{coreapi.ErrUserAccount, notice{
			Title:  "Your account cannot be used here",
			Text:   "Our support can help you. Please give them the reference below.",
			Quote:  true,
			Status: http.StatusForbidden,
		}},
		{coreapi.ErrClientClosedRequest, notice{
			Title:  "You cancelled the login",
			Text:   "Nothing has happened. You can start again whenever you like.",
			Again:  true,
			Status: http.StatusOK,
		}},
		{coreapi.ErrFailedUpdateUserToken, notice{
			Title:  "This login has expired",
			Text:   "Please start again.",
			Again:  true,
			Status: http.StatusForbidden,
		}},
		{coreapi.ErrDuplicateKey, notice{
			Title:  "This is registered already",
			Text:   "Please give another value.",
			Again:  true,
			Status: http.StatusConflict,
		}},
	} {
		if errors.Is(err, rule.when) {
			return rule.notice
		}
	}
	if isTemporary(err) {
		// With the reference, because a second time is a case for the admin.
		return notice{
			Title:  "That took too long",
			Text:   "Please try again in a moment. If it happens again, tell our support, and give them the reference below.",
			Again:  true,
			Quote:  true,
			Status: http.StatusServiceUnavailable,
		}
	}
	// All that a user can do nothing about: the partner's own access, a key, an
	// id, an answer that nobody expected.
	return notice{
		Title:  "Something is wrong on our side",
		Text:   "It is not your fault. Please tell our support, and give them the reference below.",
		Quote:  true,
		Status: http.StatusBadGateway,
	}
}

// isTemporary: the API was slow or could not be reached, so later may be better.
func isTemporary(err error) bool {
	var apiError *coreapi.Error
	return errors.As(err, &apiError) && (apiError.Timeout() || coreapi.IsRetryable(err))
}

// referenceOf is what the user quotes: the id of the request, by which the admin
// finds it.
func referenceOf(err error) string {
	var apiError *coreapi.Error
	if !errors.As(err, &apiError) {
		return ""
	}
	return apiError.RequestID
}
