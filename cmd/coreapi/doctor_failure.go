package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fypass/coreapi-go"
)

// plainWord is a word of a response that may be shown, or "".
func plainWord(s string) string {
	const most = 32
	if len(s) > most || strings.ContainsFunc(s, notPlain) {
		return ""
	}
	return s
}

func notPlain(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_' && r != '.'
}

// failureText says what came of a call without any value of the response: its code where
// that is a plain word, the SDK's own words, names of members, the status.
func failureText(e *coreapi.Error) string {
	var parts []string
	switch code := string(e.Code); {
	case code == "" && e.Class() == "unknown_code":
		parts = append(parts, "an error response without a code")
	case code == "":
		parts = append(parts, strings.ReplaceAll(e.Class(), "_", " "))
	case plainWord(code) == "":
		parts = append(parts, "an error response with a code that is not shown")
	default:
		parts = append(parts, "the code "+code)
	}
	for _, cause := range e.Unwrap() {
		if text := cause.Error(); text != "" && coreapi.CodeOf(e) == "" {
			parts = append(parts, text)
		}
	}
	text := strings.Join(parts, ": ")
	if e.StatusCode != 0 {
		text += fmt.Sprintf(" (status %d)", e.StatusCode)
	}
	return text
}

// asSDKError is nil only for nil.
func asSDKError(err error) *coreapi.Error {
	var e *coreapi.Error
	if err != nil && !errors.As(err, &e) {
		e = coreapi.NewError("", "")
	}
	return e
}

// actorOn is who acts on an error of the SDK.
func actorOn(e *coreapi.Error) string {
	switch e.Guidance().Action {
	case coreapi.ActionContactAdmin:
		return admin
	case coreapi.ActionFixRequest, coreapi.ActionFixCredentials, coreapi.ActionRetry:
		return you
	}
	if isOfProfile(e) {
		return you
	}
	return youThenAdmin
}

// isOfProfile: the profile may be why a 2xx is no success.
func isOfProfile(e *coreapi.Error) bool {
	switch e.Class() {
	case "unexpected_response":
		return true
	case "unknown_code":
		return e.StatusCode >= 200 && e.StatusCode <= 299
	}
	return false
}

// profileHint is what to look at in the profile, where that may help and failureText has
// not said so.
func profileHint(e *coreapi.Error) string {
	if hint := unreadCode(e); hint != "" {
		return hint
	}
	switch {
	case !isOfProfile(e) || strings.Contains(failureText(e), "the profile"):
		return ""
	case e.Class() == "unexpected_response":
		return ": fit the profile's envelope, or the route's result"
	}
	return ": if this was a success, fit the conditions of the profile's envelope"
}

// unreadCode says where a response without a code has a documented one that the SDK does
// not read, "" for nowhere.
func unreadCode(e *coreapi.Error) string {
	var body any
	if e.Class() != "unknown_code" || e.Code != "" || json.Unmarshal(e.Body, &body) != nil {
		return ""
	}
	path := pathOfCode(body)
	if path == "" {
		return ""
	}
	return ": the code at " + path + " is not read, since an error's code is read at the top and in \"error\" alone (docs/wire.md, Errors)"
}

// pathOfCode is the path of the first documented code in objects whose names may be shown.
func pathOfCode(value any) string {
	object, _ := value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if plainWord(name) == "" {
			continue
		}
		if code, ok := object[name].(string); ok && coreapi.CodeOf(coreapi.NewError(coreapi.Code(code), "")) != "" {
			return name
		}
		if path := pathOfCode(object[name]); path != "" {
			return name + "." + path
		}
	}
	return ""
}
