package wire

import (
	"net/http"
	"strings"
)

// Operation is one of the API's.
type Operation int

// The operations.
const (
	Info Operation = iota
	Login
	StartLogin
	LoginStatus
	SaveDevice
	GetDevice

	operationCount
)

// String is the operation's field in a Source, and in a Profile.
func (o Operation) String() string { return operations[o].field }

// operation is what is known of one: its defaults, which names its templates may hold, and
// which they have to.
type operation struct {
	field        string
	method, path string // "": Login's

	request     nameSet   // may stand in path, query and body
	needs       []needed  // each has to stand in one of them
	defaultBody []Name    // of a body without a template
	hasBody     bool      // by default, where the method has one
	result      []Name    // may stand in the result, and stand in it by default
	resultNeeds []needed  // each has to stand in the result
	inResult    nameSet   // has to be there in a response, where the template has it
	anyInResult nameSet   // one of these has to be there
	isLogin     loginKind // of what its result says
}

type loginKind int

const (
	noLogin      loginKind = iota
	loginAsked             // it may be pending
	loginDecided           // with credentials: it succeeds or fails
)

// needed is a list of sets, one of which has to stand in a template.
type needed []nameSet

func (alternatives needed) metBy(placed nameSet) bool {
	for _, names := range alternatives {
		if placed.hasAll(names) {
			return true
		}
	}
	return false
}

// String is "{email} and {whatsapp}, or {account}".
func (alternatives needed) String() string {
	var texts []string
	for _, names := range alternatives {
		texts = append(texts, names.join(" and "))
	}
	return strings.Join(texts, ", or ")
}

// deviceNames are a device's own fields.
var deviceNames = []Name{DeviceID, DisplayName, Model, Platform, OSVersion, AppVersion, PushToken}

// operations has every default but the templates' member names, which are the names
// themselves. The methods and the form of LoginStatus's path are documented; the rest is
// an assumption. It is all constant, so that a program that does not use it does not link it.
var operations = [operationCount]operation{
	Info: {
		field: "ClientInfo", method: http.MethodGet, path: "/client",
		result:      []Name{ID, DisplayName, Status},
		resultNeeds: []needed{{1 << ID, 1 << DisplayName, 1 << Status}},
		anyInResult: 1<<ID | 1<<DisplayName | 1<<Status,
	},
	Login: {
		field: "Login", method: http.MethodPost, path: "/user/login",
		request:     1<<Email | 1<<WhatsApp | 1<<Account | 1<<Password | 1<<ReqToken,
		needs:       []needed{{1<<Email | 1<<WhatsApp, 1 << Account}, {1 << Password}},
		defaultBody: []Name{Email, WhatsApp, Password, ReqToken},
		hasBody:     true,
		result:      loginNames,
		resultNeeds: []needed{{1 << UserToken}},
		inResult:    1 << State,
		isLogin:     loginDecided,
	},
	StartLogin: {
		field:       "StartLogin",
		hasBody:     true,
		result:      []Name{ReqToken, URL},
		resultNeeds: []needed{{1 << ReqToken}, {1 << URL}},
		inResult:    1<<ReqToken | 1<<URL,
	},
	LoginStatus: {
		field: "LoginStatus", method: http.MethodGet, path: "/user/login?id={reqToken}",
		request:     1 << ReqToken,
		needs:       []needed{{1 << ReqToken}},
		result:      loginNames,
		resultNeeds: []needed{{1 << UserToken}},
		inResult:    1 << State,
		isLogin:     loginAsked,
	},
	SaveDevice: {
		field: "SaveDevice", method: http.MethodPost, path: "/device",
		request:     1<<DeviceID | 1<<DisplayName | 1<<Model | 1<<Platform | 1<<OSVersion | 1<<AppVersion | 1<<PushToken,
		needs:       []needed{{1 << DeviceID}},
		defaultBody: deviceNames,
		hasBody:     true,
		result:      storedDeviceNames,
		resultNeeds: []needed{{1 << ID}},
		inResult:    1 << ID,
	},
	GetDevice: {
		field: "GetDevice", method: http.MethodGet, path: "/device?id={id}",
		request:     1 << ID,
		needs:       []needed{{1 << ID}},
		result:      storedDeviceNames,
		resultNeeds: []needed{{1 << ID}},
		inResult:    1 << ID,
	},
}

var (
	loginNames        = []Name{State, ReqToken, UserToken, UserID, FailureCode, FailureMessage}
	storedDeviceNames = []Name{ID, DeviceID, DisplayName, Model, Platform, OSVersion, AppVersion, PushToken}
)

// flat is the default template: one object, whose members are named as what they hold.
func flat(names []Name) string {
	var members []string
	for _, n := range names {
		members = append(members, `"`+nameTexts[n]+`":"`+n.String()+`"`)
	}
	return "{" + strings.Join(members, ",") + "}"
}
