package wire

import (
	"fmt"
	"strings"

	"github.com/fypass/coreapi-go/internal/printable"
)

// Name is what may stand in braces in a template. The set is closed, so that a misspelt
// one is found, and so that values need no map.
type Name int

// The names.
const (
	Email Name = iota
	WhatsApp
	Account // whichever of Email and WhatsApp was given
	Password
	State
	ReqToken
	UserToken
	UserID
	FailureCode
	FailureMessage
	URL
	ID
	DeviceID
	DisplayName // "name": of a device, or of the client
	Model
	Platform
	OSVersion
	AppVersion
	PushToken
	Status
	Result // in an envelope: what the result's template describes

	nameCount
)

var nameTexts = [nameCount]string{
	"email", "whatsapp", "account", "password",
	"state", "reqToken", "userToken", "userId", "failureCode", "failureMessage", "url",
	"id", "deviceId", "name", "model", "platform", "osVersion", "appVersion", "pushToken",
	"status", "result",
}

// String is the name as it stands in a template, in braces.
func (n Name) String() string { return "{" + nameTexts[n] + "}" }

// nameSet has a bit for each name.
type nameSet uint32

func setOf(names ...Name) (s nameSet) {
	for _, n := range names {
		s |= 1 << n
	}
	return s
}

func (s nameSet) has(n Name) bool       { return s&(1<<n) != 0 }
func (s nameSet) hasAll(t nameSet) bool { return s&t == t }

// names are those of the set, in the order of the constants.
func (s nameSet) names() []Name {
	var names []Name
	for n := range nameCount {
		if s.has(n) {
			names = append(names, n)
		}
	}
	return names
}

// first is for a set that is not empty.
func (s nameSet) first() Name { return s.names()[0] }

// join lists the names with commas, and last before the last one.
func (s nameSet) join(last string) string {
	var texts []string
	for _, n := range s.names() {
		texts = append(texts, n.String())
	}
	if end := len(texts) - 1; end > 0 {
		return strings.Join(texts[:end], ", ") + last + texts[end]
	}
	return strings.Join(texts, "")
}

// Values has a text for each name, "" where there is none:
// Values{Email: "a@example.com", Password: "secret"}. It prints as the names that it has.
type Values [nameCount]string

// get is a name's value; the account's is whichever is there.
func (v *Values) get(n Name) string {
	if n == Account {
		return v.AnyAccount()
	}
	return v[n]
}

// AnyAccount is what a user logs in with: the account, email or WhatsApp number that is there.
func (v *Values) AnyAccount() string {
	for _, n := range [...]Name{Account, Email, WhatsApp} {
		if v[n] != "" {
			return v[n]
		}
	}
	return ""
}

// given are the names that have a value.
func (v *Values) given() (s nameSet) {
	for n, value := range v {
		if value != "" {
			s |= 1 << n
		}
	}
	return s
}

// String is the names alone: values may be secrets.
func (v Values) String() string { return "Values with " + v.given().join(", ") }

// Format prints String() under any verb.
func (v Values) Format(f fmt.State, verb rune) { printable.Format(f, verb, v.String()) }

// Member is a member of an object that no name stands for: DeviceInfo.Extra's.
type Member struct {
	Name  string
	Value []byte // JSON
}
